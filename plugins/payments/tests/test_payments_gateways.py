"""Gateways are other modules' code: what they offer and answer is held against the interface."""

import logging
from dataclasses import dataclass
from typing import Any

import hub_module_payments
import pytest
from hub_hookspecs import Contribution, Health, HealthStatus, Problem, uuid7
from hub_module_payments.config import Settings
from hub_module_payments.exceptions import GatewayFailed
from hub_module_payments.interface import Gateway, GatewayAnswer, GatewayCharge, IntentStatus, Money
from hub_module_payments.services.gateway_calls import asked
from hub_module_payments.services.gateways import collected, running, serving
from hub_module_payments.services.manual import ManualGateway


def charge(key: str = "capture:k") -> GatewayCharge:
    return GatewayCharge(
        intent=uuid7(), amount=Money(minor=100, currency="EUR"), reference="order/1", idempotency_key=key
    )


def contribution(module: str, value: Any) -> Contribution:
    return Contribution(module=module, value=value)


def test_gateways_are_found_by_name() -> None:
    gateway = ManualGateway()
    assert collected([contribution("payments", gateway)]) == {"manual": gateway}


def test_the_first_gateway_with_a_name_keeps_it(caplog: pytest.LogCaptureFixture) -> None:
    first, second = ManualGateway(), ManualGateway()
    assert collected([contribution("payments", first), contribution("acme", second)])["manual"] is first
    assert caplog.messages == ["module acme offers a second payment gateway named 'manual': left out"]


def test_what_is_no_gateway_is_left_out_and_named(caplog: pytest.LogCaptureFixture) -> None:
    assert collected([contribution("acme", "no gateway")]) == {}
    assert caplog.messages == ["module acme offers 'no gateway', which is no payment gateway: left out"]


def test_the_newest_start_serves_also_when_an_older_one_stops_later() -> None:
    before = running()
    old, new = serving({"old": ManualGateway()}), serving({"new": ManualGateway()})
    old.__enter__()
    new.__enter__()
    old.__exit__(None, None, None)
    assert set(running()) == {"new"}
    new.__exit__(None, None, None)
    assert running() is before or dict(running()) == dict(before)


async def test_manual_succeeds_at_once_and_knows_a_repeated_request() -> None:
    gateway: Gateway = ManualGateway()
    request = charge()
    first, again = await gateway.capture(request), await gateway.capture(request)
    assert first.status is IntentStatus.SUCCEEDED
    assert first == again
    assert (await gateway.capture(charge())).transaction != first.transaction
    assert (await gateway.refund(request, first.transaction)).status is IntentStatus.SUCCEEDED
    assert (await gateway.cancel(first.transaction)).status is IntentStatus.SUCCEEDED


async def test_a_gateway_that_raises_is_a_problem_and_its_error_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> GatewayAnswer:
        raise RuntimeError("secret internals")

    with pytest.raises(GatewayFailed) as caught:
        await asked(ManualGateway(), broken())
    assert "secret" not in caught.value.detail
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "secret internals" in caplog.text


async def test_a_problem_that_a_gateway_raises_passes() -> None:
    async def refusing() -> GatewayAnswer:
        raise Problem("no cards on Sunday")

    with pytest.raises(Problem, match="no cards on Sunday"):
        await asked(ManualGateway(), refusing())


@pytest.mark.parametrize(
    "answer",
    [
        None,
        GatewayAnswer(status=IntentStatus.CREATED, transaction="t"),
        GatewayAnswer(status=IntentStatus.CANCELLED, transaction="t"),
        GatewayAnswer(status="succeeded", transaction="t"),  # type: ignore[arg-type]
        GatewayAnswer(status=IntentStatus.SUCCEEDED, transaction=""),
        GatewayAnswer(status=IntentStatus.SUCCEEDED, transaction="t" * 256),
    ],
)
async def test_an_answer_that_makes_no_sense_is_a_failure_of_the_gateway(answer: GatewayAnswer) -> None:
    async def answering() -> GatewayAnswer:
        return answer

    with pytest.raises(GatewayFailed):
        await asked(ManualGateway(), answering())


async def test_a_long_reason_is_cut_to_what_can_be_stored() -> None:
    async def declining() -> GatewayAnswer:
        return GatewayAnswer(status=IntentStatus.FAILED, transaction="t", failure="x" * 600)

    assert (await asked(ManualGateway(), declining())).failure == "x" * 500


@dataclass
class Context:
    """As much of a module's context as its health check reads."""

    settings: Settings


@pytest.mark.parametrize(("default", "status"), [("manual", None), ("acme", HealthStatus.DEGRADED)])
async def test_health_is_degraded_while_the_default_gateway_is_missing(
    default: str, status: HealthStatus | None
) -> None:
    with serving({"manual": ManualGateway()}):
        context: Any = Context(Settings(default_gateway=default))
        health = await hub_module_payments.hub_health(context)
    if status is None:
        assert health is None
    else:
        assert health == Health(status=status, detail="the default gateway 'acme' is not here; here are: manual")
