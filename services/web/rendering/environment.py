"""The templates and what they can use."""

from pathlib import Path
from typing import Final

import jinja2

from services.web.domain.scenes import venue_scene, village_scene
from services.web.rendering import formats
from services.web.rendering.assets import Assets
from services.web.rendering.qr import qr_inline

FOLDER: Final = Path(__file__).parents[1] / "templates"


def template_environment(assets: Assets) -> jinja2.Environment:
    """Return the environment of our templates: everything escaped, nothing undefined."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.address
    environment.globals["venue_scene"] = venue_scene
    environment.globals["village_scene"] = village_scene
    environment.filters["qr"] = qr_inline
    environment.filters["money"] = formats.money
    environment.filters["clock_time"] = formats.clock_time
    environment.filters["seconds_time"] = formats.seconds_time
    environment.filters["local_date"] = formats.local_date
    return environment
