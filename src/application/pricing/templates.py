"""Templates of promotions: those of the program, those of the chain, and drafts made of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

from application.fields import (
    NAME_CHARACTERS_MAX,
    Missing,
    at_most,
    named_once,
    optional_name,
    required_code,
    required_name,
    within,
)
from application.paging import next_token, page
from application.ports.kernel import UnitOfWork
from application.pricing.code_lists import TooManyHere
from application.pricing.draft_promotion import DraftPromotion, draft_promotion
from application.pricing.promotion_views import PromotionEntry
from domain.identity.organisation import WHOLE_CHAIN
from domain.pricing.promotion import Promotion
from domain.pricing.template import BUILT_IN, Template, TemplateParameter, check_targets, instantiate
from domain.shared.errors import Forbidden, NotFound, Rejected
from domain.shared.money import AMOUNT_MINOR_MAX

TEMPLATES_PER_REQUEST_MAX: Final = 50
TEMPLATES_MAX: Final = 200
PARAMETERS_MAX: Final = 50
TARGETS_MAX: Final = 10
TEXTS_MAX: Final = 2_000
"""Codes and other texts in the terms of a template."""


class UnknownTemplate(NotFound):
    en = "There is no template “{code}”. ListPromotionTemplates shows those that there are."
    zh = "没有模板“{code}”。可用 ListPromotionTemplates 查看现有模板。"


class TooManyTemplates(Rejected):
    en = "A chain keeps at most {count_max} templates of its own. Put the new one under the code of an old one."
    zh = "连锁最多保留 {count_max} 个自有模板。请用旧模板的代码存放新模板。"


class TemplatesOfHeadOffice(Forbidden):
    en = "Templates are those of the whole chain. Ask somebody responsible for it."
    zh = "模板属于整个连锁，请联系总部。"


@dataclass(frozen=True, slots=True)
class PutPromotionTemplates:
    templates: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplatesPut:
    """How many were new and how many were different before."""

    created: int
    changed: int


@dataclass(frozen=True, slots=True)
class ListPromotionTemplates:
    page_size: int = 0
    page_token: str = ""


@dataclass(frozen=True, slots=True)
class TemplatePage:
    templates: Sequence[Template]
    next_page_token: str


@dataclass(frozen=True, slots=True)
class GivenParameter:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class InstantiateTemplate:
    """`code` is that of the promotion; without a name it bears that of the template."""

    template_code: str
    code: str
    name: str = ""
    parameters: tuple[GivenParameter, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class PromotionDrafted:
    """The draft with the terms that came of the template."""

    promotion: PromotionEntry
    terms: Promotion


def put_promotion_templates(uow: UnitOfWork, command: PutPromotionTemplates) -> TemplatesPut:
    """Creates or replaces templates of the chain by code, all or none; one of the program's gives way to its namesake.

    Raises TemplatesOfHeadOffice, InvalidTarget and TooManyTemplates.
    """
    if not uow.caller.manages(WHOLE_CHAIN):
        raise TemplatesOfHeadOffice("templates")
    at_most(command.templates, TEMPLATES_PER_REQUEST_MAX, field="templates")
    templates = [_checked(one, field=f"templates[{index}]") for index, one in enumerate(command.templates)]
    named_once([template.code for template in templates], field="templates")
    uow.bump("promotion_lives")
    stored = {template.code: template for template in uow.promotion_lives.templates()}
    created = [template for template in templates if template.code not in stored]
    changed = [template for template in templates if stored.get(template.code, template) != template]
    if len(stored) + len(created) > TEMPLATES_MAX:
        raise TooManyTemplates("templates", count_max=TEMPLATES_MAX)
    uow.promotion_lives.put_templates(created + changed)
    return TemplatesPut(len(created), len(changed))


def list_promotion_templates(uow: UnitOfWork, query: ListPromotionTemplates) -> TemplatePage:
    """The templates by code, page by page."""
    asked = page(query.page_size, query.page_token, key=(str,))
    after = asked.after[0] if asked.after else ""
    found = sorted(_templates(uow).values(), key=lambda template: template.code)
    rows = [template for template in found if template.code > after][: asked.limit + 1]
    return TemplatePage(rows[: asked.limit], next_token(rows, asked.limit, lambda row: (row.code,)))


def instantiate_template(uow: UnitOfWork, command: InstantiateTemplate) -> PromotionDrafted:
    """A draft of the template with these parameters.

    An amount is in the currency of the caller's stores, unless they have several. Raises UnknownTemplate,
    UnknownParameter, ParameterMissing, InvalidParameter, and what `draft_promotion` raises.
    """
    template = _templates(uow).get(required_code(command.template_code, field="template_code"))
    if template is None:
        raise UnknownTemplate("template_code", code=command.template_code)
    if len(command.parameters) > PARAMETERS_MAX:
        raise TooManyHere("parameters", count=len(command.parameters), count_max=PARAMETERS_MAX)
    named_once([given.name for given in command.parameters], field="parameters", key="name")
    values = {given.name: given.value for given in command.parameters}
    code = required_code(command.code, field="code")
    terms = instantiate(template, code=code, name=optional_name(command.name, field="name"), values=values)
    uow.refresh()
    currencies = {store.currency for store in uow.chain.stores.values() if uow.caller.sees(store.store_id)}
    if not terms.currency and len(currencies) == 1 and any(one.name == "currency" for one in template.parameters):
        terms = replace(terms, currency=currencies.pop())
    return PromotionDrafted(draft_promotion(uow, DraftPromotion(terms, command.note)).promotion, terms)


def _templates(uow: UnitOfWork) -> dict[str, Template]:
    own = {template.code: template for template in uow.promotion_lives.templates()}
    return {template.code: template for template in BUILT_IN} | own


def _checked(template: Template, *, field: str) -> Template:
    required_code(template.code, field=f"{field}.code")
    name = required_name(template.name, field=f"{field}.name")
    if len(template.parameters) > PARAMETERS_MAX:
        raise TooManyHere(f"{field}.parameters", count=len(template.parameters), count_max=PARAMETERS_MAX)
    for index, parameter in enumerate(template.parameters):
        _check_parameter(parameter, field=f"{field}.parameters[{index}]")
    named_once([one.name for one in template.parameters], field=f"{field}.parameters", key="name")
    check_targets(template, field=field)
    # What the parameters leave as it is has to be storable; whether it makes sense shows with the draft.
    texts = list(_texts(template.terms, f"{field}.terms"))
    if len(texts) > TEXTS_MAX:
        raise TooManyHere(f"{field}.terms", count=len(texts), count_max=TEXTS_MAX)
    for path, text in texts:
        for start in range(0, len(text), NAME_CHARACTERS_MAX):
            optional_name(text[start : start + NAME_CHARACTERS_MAX], field=path)
    terms = replace(template.terms, code="", name=optional_name(template.terms.name, field=f"{field}.terms.name"))
    return replace(template, name=name, terms=terms, built_in=False)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a value, by its path."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _texts(item, f"{path}[{index}]")
    elif is_dataclass(value):
        for one in fields(value):
            yield from _texts(getattr(value, one.name), f"{path}.{one.name}")


def _check_parameter(parameter: TemplateParameter, *, field: str) -> None:
    required_code(parameter.name, field=f"{field}.name")
    optional_name(parameter.label, field=f"{field}.label")
    if not parameter.targets:
        raise Missing(f"{field}.targets")
    if len(parameter.targets) > TARGETS_MAX:
        raise TooManyHere(f"{field}.targets", count=len(parameter.targets), count_max=TARGETS_MAX)
    within(parameter.low, 0, AMOUNT_MINOR_MAX, field=f"{field}.low")
    if parameter.high:
        within(parameter.high, max(1, parameter.low), AMOUNT_MINOR_MAX, field=f"{field}.high")
