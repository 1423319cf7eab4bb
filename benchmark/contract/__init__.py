"""The contract that every model must keep, as checks that can be called individually.

From Python: ``check_padding_invariance(subjects("emotiwave")[0])`` returns nothing, or raises a
`ContractError` whose message says what was tried, what happened and where to look.
"""

from emobench.contract.failure import ContractError, NotApplicable
from emobench.contract.forward_checks import (
    check_batch_of_one,
    check_every_subset,
    check_output,
    check_ragged_lengths,
)
from emobench.contract.generation_check import check_generate
from emobench.contract.independence_checks import (
    check_batch_mates,
    check_erased_values,
    check_padding_invariance,
    check_stateless,
)
from emobench.contract.random_checks import check_random_state
from emobench.contract.subject import Subject, subjects
from emobench.contract.suite import CHECKS, Result, run_check, run_suite
from emobench.contract.training_checks import (
    check_gradients,
    check_learns_by_heart,
    check_same_seed,
    check_save_and_load,
    check_search_space,
)

__all__ = [
    "CHECKS",
    "ContractError",
    "NotApplicable",
    "Result",
    "Subject",
    "check_batch_mates",
    "check_batch_of_one",
    "check_erased_values",
    "check_every_subset",
    "check_generate",
    "check_gradients",
    "check_learns_by_heart",
    "check_output",
    "check_padding_invariance",
    "check_ragged_lengths",
    "check_random_state",
    "check_same_seed",
    "check_save_and_load",
    "check_search_space",
    "check_stateless",
    "run_check",
    "run_suite",
    "subjects",
]
