"""Holds a discovery message (stdin, JSON) against Home Assistant's own schemas and renders its templates on given states.

Input: {"message": {...}, "states": {topic: text}}. Output: {"problems": [...], "rendered": {key: text}}.
Needs a Python with the package `homeassistant` (pip install homeassistant paho-mqtt); tested with 2025.3.4.
"""

import asyncio
import importlib
import json
import logging
import sys

from homeassistant.components.mqtt.schemas import DEVICE_DISCOVERY_SCHEMA
from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template

# It warns of every template that is made outside a running Home Assistant.
logging.disable(logging.CRITICAL)


def schema_keys(schema):
    """Names a schema knows, through vol.All and the like."""
    if hasattr(schema, "validators"):
        return set().union(*(schema_keys(each) for each in schema.validators))
    inner = getattr(schema, "schema", None)
    return {str(key) for key in inner} if isinstance(inner, dict) else set()


def check(message):
    problems = []
    try:
        DEVICE_DISCOVERY_SCHEMA(message)
    except Exception as error:  # noqa: BLE001
        problems.append(f"device: {error}")
    shared = {key: message[key] for key in ("availability",) if key in message}
    for key, component in message["components"].items():
        platform = component["platform"]
        module = importlib.import_module(f"homeassistant.components.mqtt.{platform}")
        config = {name: value for name, value in component.items() if name != "platform"}
        if not config:
            continue
        # Unknown names are dropped without a word when discovered: for us they are mistakes.
        for name in set(config) - schema_keys(module.DISCOVERY_SCHEMA):
            problems.append(f"{key}: {platform} knows no {name}")
        try:
            module.DISCOVERY_SCHEMA({**shared, **config, "device": message["device"]})
        except Exception as error:  # noqa: BLE001
            problems.append(f"{key}: {error}")
    return problems


async def render(message, states):
    hass = HomeAssistant("/tmp")
    rendered = {}
    for key, component in message["components"].items():
        text = states.get(component.get("state_topic"))
        if text is None or "value_template" not in component:
            continue
        template = Template(component["value_template"], hass)
        rendered[key] = template.async_render_with_possible_json_value(text, "ERROR", parse_result=False)
    for word in ("online", "offline", "stopped"):
        template = Template(message["availability"][0]["value_template"], hass)
        rendered[f"availability {word}"] = template.async_render_with_possible_json_value(word, "ERROR")
    await hass.async_stop(force=True)
    return rendered


asked = json.load(sys.stdin)
result = {"problems": check(asked["message"])}
result["rendered"] = asyncio.run(render(asked["message"], asked.get("states", {})))
print(json.dumps(result))
