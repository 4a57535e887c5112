"""The shop as a web application: `uvicorn --factory examples.shop.main:create_app`.

Which store answers is configuration alone: see README.md beside this file.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import crossfade
from examples.shop.backend import Backend
from examples.shop.shop import CONTRACT, Shop
from examples.shop.web import carts, categories, orders, problems, products, users
from examples.shop.web.access import Tokens


def create_app(backend: Backend | None = None, *, secret: str | None = None) -> FastAPI:
    """The web application.

    Args:
        backend: an open `crossfade.App`, which stays its owner's to close; by default one is opened from
            the environment and `crossfade.toml`, and closed with the application.
        secret: signs the tokens; `SHOP_SECRET` by default, and without that a new one, which signs everybody
            out at a restart.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if backend is not None:
            app.state.shop = Shop.on(backend)
            yield
            return
        with crossfade.open(os.environ.get("CROSSFADE_CONTRACT") or CONTRACT) as opened:
            app.state.shop = Shop.on(opened)
            yield

    app = FastAPI(title="shop", lifespan=lifespan)
    app.state.tokens = Tokens(secret or os.environ.get("SHOP_SECRET") or secrets.token_hex())
    problems.install(app)
    for part in (users, products, categories, carts, orders):
        app.include_router(part.router)
    return app
