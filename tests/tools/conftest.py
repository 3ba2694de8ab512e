"""Which running gateway and which receiver of callbacks does a test get?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gateway import GatewayProcess, Receiver


@pytest.fixture(scope="module")
def running() -> Iterator[GatewayProcess]:
    gateway = GatewayProcess()
    yield gateway
    gateway.close()


@pytest.fixture
def gateway(running: GatewayProcess) -> GatewayProcess:
    running.reset()
    return running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()
