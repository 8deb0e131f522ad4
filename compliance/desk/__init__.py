"""The compliance desk: what a manager looks at every morning. One module a subject, one line here each."""

from typing import Final

from compliance.desk.calls import calls
from compliance.desk.certificates import evidence
from compliance.desk.chain import chain
from compliance.desk.listed import became_listed
from compliance.desk.lists import lists
from compliance.desk.optouts import opt_outs
from compliance.desk.posts import held, refused
from compliance.desk.rules import rules
from compliance.desk.section import Section, SectionMaker, Span
from compliance.desk.services import services

# In the order of the page: what stops work first, then what was stopped.
SECTIONS: Final[tuple[SectionMaker, ...]] = (
    SectionMaker("compliance.view_decision", held),
    SectionMaker("compliance.view_dnclist", lists),
    SectionMaker("compliance.view_certificate", evidence),
    SectionMaker("compliance.view_listedlead", became_listed),
    SectionMaker("compliance.view_callingrule", rules),
    SectionMaker("compliance.view_decision", refused),
    SectionMaker("compliance.view_contactdecision", calls),
    SectionMaker("compliance.view_suppression", opt_outs),
    SectionMaker("compliance.view_checksetting", services),
    SectionMaker("compliance.view_evidencebatch", chain),
)

__all__ = ["SECTIONS", "Section", "SectionMaker", "Span"]
