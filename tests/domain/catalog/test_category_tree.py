import pytest

from domain.catalog.category_tree import CategoryCycle, department_of, top_down

PARENTS = {"TEA": "DRINK", "DRINK": "FOOD", "FOOD": "", "HOME": "", "BREAD": "FOOD"}


def test_finds_the_top_level_ancestor():
    found = {code: department_of(code, parents=PARENTS, field="") for code in PARENTS}
    assert found == {"TEA": "FOOD", "DRINK": "FOOD", "FOOD": "FOOD", "BREAD": "FOOD", "HOME": "HOME"}


@pytest.mark.parametrize("code", ["A", "B", "C", "OUTSIDE"])
def test_refuses_a_way_up_that_never_ends(code):
    with pytest.raises(CategoryCycle) as refused:
        department_of(code, parents={"A": "B", "B": "C", "C": "A", "OUTSIDE": "A"}, field="categories[3].parent_code")
    assert refused.value.field == "categories[3].parent_code"
    assert refused.value.details == {"code": code}


def test_lists_each_category_followed_by_its_descendants():
    assert top_down(PARENTS) == ["FOOD", "BREAD", "DRINK", "TEA", "HOME"]
    assert top_down({}) == []
