"""The loop: batches → gradients → weights, and the best epoch kept.

Knows the network and a way to score it; knows no files. Repeatable to the bit on one
machine: all random numbers come from the seed, all sums are made in one order.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from tagger.config import TrainingConfig
from tagger.network.ensemble import Networks
from tagger.network.transformer import TUNED_PREFIX
from tagger.training.data import Batch, TokenBudgetSampler, ahead

_PLATEAU_EPOCHS = 2
_MOMENTUM = 0.9


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: from 1 on.
        loss: mean negative log-likelihood a token, in nats, over the epoch.
        score: dev score, between 0 and 1.
        best: no epoch before had a better score.
        words_per_second: trained, the dev set's time left out.
        seconds: of training and scoring.
        learning_rate: at its end.
    """

    number: int
    loss: float
    score: float
    best: bool
    words_per_second: float
    seconds: float
    learning_rate: float


class Reporter(Protocol):
    """Is told how training goes."""

    def batch(self, epoch: int, done: float, loss: float, words_per_second: float) -> None:
        """After each batch: epoch, share of it that is done, mean loss, speed."""
        ...

    def epoch(self, epoch: Epoch) -> None:
        """After each epoch."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How training ended.

    Attributes:
        best: the epoch whose weights the network has now; None where training was
            stopped before the first epoch ended.
        epochs: how many were begun.
        interrupted: Ctrl-C ended it.
        diverged: the loss or a weight was no number any more, which ended it.
        outside: how far the bias of O of each layer was moved; see `training.outside`.
    """

    best: Epoch | None
    epochs: int
    interrupted: bool
    diverged: bool = False
    outside: tuple[float, ...] = ()


def train(
    network: Networks,
    loader: DataLoader[Batch],
    sampler: TokenBudgetSampler,
    config: TrainingConfig,
    score: Callable[[], float],
    reporter: Reporter,
    device: str = "cpu",
) -> Outcome:
    """Trains a network and leaves it with the weights of its best epoch.

    Args:
        score: scores the network as it is on the dev set, between 0 and 1.
        reporter: is told how it goes.
    """
    optimizer = make_optimizer(network, config)
    schedule = Schedule(config, config.epochs * len(sampler))
    average = Average(network, config.average)
    best: Epoch | None = None
    best_weights: dict[str, Tensor] = {}
    waited = 0
    number = 0
    diverged = False
    with interruptions() as interrupted:
        for number in range(1, config.epochs + 1):
            sampler.epoch = number
            began = time.perf_counter()
            total, tokens, batches = 0.0, 0, len(sampler)
            network.train()
            for i, batch in enumerate(ahead(loader), 1):
                rate = schedule.step()
                for group in optimizer.param_groups:
                    group["lr"] = rate * group["share"]
                loss = training_step(network, optimizer, batch, config.clip, device)
                diverged = not math.isfinite(loss)
                if diverged:
                    break
                total += loss * batch.tokens
                average.step()
                tokens += batch.tokens
                speed = tokens / (time.perf_counter() - began)
                reporter.batch(number, i / batches, total / tokens, speed)
                if interrupted():
                    break
            diverged = diverged or not all(bool(w.isfinite().all()) for w in network.parameters())
            if diverged or interrupted():
                break
            with average.in_place():
                value = score()
                is_best = best is None or value > best.score
                if is_best:
                    best_weights = {k: v.detach().clone() for k, v in network.state_dict().items()}
            epoch = Epoch(
                number,
                total / tokens,
                value,
                is_best,
                speed,
                time.perf_counter() - began,
                rate,
            )
            if epoch.best:
                best, waited = epoch, 0
            else:
                waited += 1
            schedule.epoch(epoch.best)
            reporter.epoch(epoch)
            if waited >= config.patience or interrupted():
                break
        was_interrupted = interrupted()
    if best is not None:
        network.load_state_dict(best_weights)
    network.eval()
    return Outcome(best, number, was_interrupted, diverged)


def make_optimizer(network: Networks, config: TrainingConfig) -> torch.optim.Optimizer:
    """Makes the optimizer; biases, gains, tables and transitions are not decayed.

    The "share" of a group of weights is what its learning rate is of `config.learning_rate`.
    """
    decayed: list[nn.Parameter] = []
    free: list[nn.Parameter] = []
    tuned: list[nn.Parameter] = []
    for name, parameter in network.named_parameters():
        matrix = "weight" in name and "table" not in name and parameter.dim() > 1
        if name.startswith(TUNED_PREFIX):
            tuned.append(parameter)
        else:
            (decayed if matrix else free).append(parameter)
    groups = [
        {"params": decayed, "weight_decay": config.weight_decay, "share": 1.0},
        {"params": free, "weight_decay": 0.0, "share": 1.0},
    ]
    if tuned:
        share = config.transformer_rate / config.learning_rate
        groups.append({"params": tuned, "weight_decay": config.weight_decay, "share": share})
    if config.optimizer == "sgd":
        return torch.optim.SGD(groups, lr=config.learning_rate, momentum=_MOMENTUM)
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.99), fused=True)


class Average:
    """A moving average of a network's weights (Polyak & Juditsky 1992).

    Args:
        factor: of what was, at each step; 0: the average is the weights themselves. While
            there were few steps, 1 / (1 + steps) and more of the new weights count.
    """

    def __init__(self, network: Networks, factor: float) -> None:
        self._factor = factor
        self._weights: list[Tensor] = [w for w in network.parameters() if w.requires_grad]
        self._averages = [w.detach().clone() for w in self._weights] if factor else []
        self._steps = 0

    def step(self) -> None:
        """Takes the weights of a step into the average."""
        if self._averages:
            share = max(1.0 - self._factor, 1.0 / (1.0 + self._steps))
            with torch.no_grad():
                torch._foreach_lerp_(self._averages, [w.detach() for w in self._weights], share)
            self._steps += 1

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Puts the averages into the network, and takes them out again."""
        if not self._averages:
            yield
            return
        with torch.no_grad():
            kept = [w.detach().clone() for w in self._weights]
            torch._foreach_copy_(self._weights, self._averages)
            yield
            torch._foreach_copy_(self._weights, kept)


class Schedule:
    """The learning rate of each step: warm-up, then down.

    Args:
        steps: of all epochs.
    """

    def __init__(self, config: TrainingConfig, steps: int) -> None:
        self._config = config
        self._steps = steps
        self._warmup = max(1, round(config.warmup * steps)) if config.warmup else 0
        self._done = 0
        self._factor = 1.0
        self._waited = 0

    def step(self) -> float:
        """Returns the rate of the next step."""
        self._done += 1
        if self._done <= self._warmup:
            return self._config.learning_rate * self._done / self._warmup
        part = (self._done - self._warmup) / max(1, self._steps - self._warmup)
        if self._config.schedule == "linear":
            return self._config.learning_rate * max(0.0, 1.0 - part)
        if self._config.schedule == "cosine":
            return self._config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, part)))
        return self._config.learning_rate * self._factor

    def epoch(self, better: bool) -> None:
        """Is told after each epoch whether the dev score rose."""
        self._waited = 0 if better else self._waited + 1
        if self._config.schedule == "plateau" and self._waited >= _PLATEAU_EPOCHS:
            self._factor *= 0.5
            self._waited = 0


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Catches Ctrl-C once and remembers it; the next one is for whoever else would catch it, and
    stops the program where nobody would."""
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def remember(number: int, frame: object) -> None:
        stopped.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, remember)
    try:
        yield stopped.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def training_step(
    network: Networks, optimizer: torch.optim.Optimizer, batch: Batch, clip: float, device: str = "cpu"
) -> float:
    """Learns from a batch; returns the loss before that, of several networks the mean.

    Args:
        clip: largest norm of the gradient of a network.
    """
    tags = [tensor.to(device) for tensor in batch.tags]
    optimizer.zero_grad(set_to_none=True)
    mask = batch.mask().to(device)
    context = [read.to(device) for read in batch.context]
    starts = None if batch.starts is None else batch.starts.to(device)
    forms, rows = batch.forms.to(device), batch.rows.to(device)
    loss = network.learn(clip, forms, rows, batch.lengths, tags, mask, context, starts)
    optimizer.step()
    return loss
