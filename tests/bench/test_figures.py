from hypothesis import given
from hypothesis import strategies as st

from bench.figures import Speed, compared, exactly, limited, middle, percentile, speed_of


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(value) for value in range(1, 101)]
    assert percentile(values, 50) == 50.0
    assert percentile(values, 99) == 99.0
    assert percentile([7.0], 99) == 7.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_so_many_percent_do_not_exceed_the_percentile(values: list[float], percent: int) -> None:
    limit = percentile(values, percent)
    assert sum(value <= limit for value in values) >= len(values) * percent / 100


def test_a_speed_counts_what_was_done_in_a_second() -> None:
    assert speed_of([1.0, 2.0, 3.0, 4.0], 2.0) == Speed(2.0, 2.0, 4.0)


def test_medians_leave_an_odd_repetition_out() -> None:
    speeds = [Speed(100, 2.0, 9.0), Speed(1, 50.0, 400.0), Speed(110, 1.0, 8.0)]
    assert middle(speeds) == Speed(100, 2.0, 9.0)


def test_rows_tell_whether_their_goal_is_reached() -> None:
    assert compared("a", "", "", 5.0, 5).reached
    assert not compared("a", "", "", 4.99, 5).reached
    assert limited("a", 30.0, 30, "ms").reached
    assert not limited("a", 30.1, 30, "ms").reached
    assert exactly("a", 2000, 2000).reached
    assert not exactly("a", 1999, 2000).reached
