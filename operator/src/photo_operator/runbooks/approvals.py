"""What becomes of a RunbookApproval: accepted for the plan that it names, or refused with a reason. Pure."""

from photo_operator.crds.execution import Approval, ApprovalState, ApprovalStatus, Execution, Phase
from photo_operator.runbooks.phases import ENDED

NOT_PLANNED = frozenset({None, Phase.TRIGGERED, Phase.DIAGNOSING})


def judge_approval(approval: Approval, execution: Execution | None) -> ApprovalStatus:
    """Return an approval's status; once said it stays, and nothing is said before there is a plan."""
    if approval.status.state is not None:
        return approval.status
    if execution is None:
        return _refused(f"there is no execution {approval.spec.execution}")
    return _judged(approval, execution)


def _judged(approval: Approval, execution: Execution) -> ApprovalStatus:
    name, phase, plan = execution.metadata.name, execution.status.phase, execution.status.plan
    if phase in ENDED:
        return _refused(f"{name} has ended as {phase}")
    if plan is None or phase in NOT_PLANNED:
        return approval.status
    if plan.hash != approval.spec.plan_hash:
        return _refused(f"the plan of {name} is {plan.hash}; read it and approve that")
    return ApprovalStatus(ApprovalState.ACCEPTED, f"plan {plan.hash} of {name} may be carried out")


def _refused(why: str) -> ApprovalStatus:
    return ApprovalStatus(ApprovalState.REFUSED, why)
