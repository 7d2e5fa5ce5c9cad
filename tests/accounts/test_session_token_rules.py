from datetime import timedelta

from services.accounts.domain.session_tokens import SessionTokens, Verdict, judge, new_salt

TOKENS = SessionTokens(b"k" * 32)


def test_a_token_has_one_successor() -> None:
    token, salt = TOKENS.first(), new_salt()
    assert TOKENS.next(token, salt) == TOKENS.next(token, salt)


def test_the_successor_can_be_told_by_nobody_who_lacks_a_part() -> None:
    token, salt = TOKENS.first(), new_salt()
    successor = TOKENS.next(token, salt)
    others = {
        TOKENS.next(token, new_salt()),
        TOKENS.next(TOKENS.first(), salt),
        SessionTokens(b"x" * 32).next(token, salt),
    }
    assert successor not in others
    assert len(successor) >= 43


def test_a_token_is_judged_by_the_time_since_it_was_replaced() -> None:
    assert judge(None) is Verdict.CURRENT
    assert judge(timedelta(seconds=20)) is Verdict.JUST_REPLACED
    assert judge(timedelta(seconds=20.1)) is Verdict.REUSED
