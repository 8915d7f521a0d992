"""Names as pages put them."""

from summit.names import listed


def test_a_list_of_names_has_the_comma_of_the_readers_language():
    assert listed(["English", "français"], "fr") == "English, français"
    assert listed(["English", "العربية"], "ar") == "English، العربية"
    assert listed(["英文", "中文"], "zh") == "英文、中文"
    assert listed([], "ar") == ""
