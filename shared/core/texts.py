"""Texts for people, by key and language, from the `locale/` catalogues of the packages."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Final, Self

from babel.messages.pofile import read_po

from shared.core.localized import LANGUAGES, Language, LocalizedText

SHARED_PACKAGES: Final = ("shared.core",)


class Catalogue:
    """All texts of a program, in every language."""

    def __init__(self, texts: Mapping[Language, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def load(cls, *packages: str) -> Self:
        """Read `locale/<language>.po` of the shared packages and of the named ones.

        Raises ValueError where two packages give the same key.
        """
        texts: dict[Language, dict[str, str]] = {language: {} for language in LANGUAGES}
        for package in (*SHARED_PACKAGES, *packages):
            for language, path in _catalogue_files(package):
                found = _read(path, language)
                if twice := texts[language].keys() & found.keys():
                    raise ValueError(f"{path} repeats {sorted(twice)}")
                texts[language].update(found)
        return cls(texts)

    def text(self, key: str, language: Language, **params: object) -> str:
        """Return the text of a key with its `{placeholders}` filled.

        Raises KeyError for a key that no catalogue has.
        """
        return self._texts[language][key].format(**params)

    def both(self, key: str) -> LocalizedText:
        """Return the text of a key in both languages, for answers that leave the choice to others.

        Raises KeyError for a key that no catalogue has.
        """
        return LocalizedText(zh=self.text(key, "zh"), en=self.text(key, "en"))

    def template(self, key: str, language: Language) -> str:
        """Return the text of a key with its `{placeholders}` left as they are."""
        return self._texts[language][key]

    def has(self, key: str) -> bool:
        """Tell whether the key exists in every language."""
        return all(key in texts for texts in self._texts.values())

    def keys(self, language: Language) -> frozenset[str]:
        """Return all keys of one language."""
        return frozenset(self._texts[language])


def _catalogue_files(package: str) -> Iterable[tuple[Language, Path]]:
    module_file = import_module(package).__file__
    if module_file is None:
        raise ValueError(f"{package} is not a package with files")
    folder = Path(module_file).parent / "locale"
    return [(language, folder / f"{language}.po") for language in LANGUAGES]


@cache
def _read(path: Path, language: Language) -> Mapping[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in catalogue if message.id}
