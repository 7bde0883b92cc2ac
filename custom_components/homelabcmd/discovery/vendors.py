"""Who has made a device, by the beginning of its MAC address."""

from collections.abc import Iterable

from ..core.discovery.device import Device, is_random


async def async_vendors(devices: Iterable[Device]) -> dict[str, str]:
    """Return the vendors of devices by their ids, as far as they are known."""
    # Only here: its table is needed once in a while.
    import aiooui  # noqa: PLC0415

    if not aiooui.is_loaded():
        await aiooui.async_load()
    found = (
        (device.device_id, aiooui.get_vendor(device.mac))
        for device in devices
        if device.mac is not None and not is_random(device.mac)
    )
    return {device_id: vendor for device_id, vendor in found if vendor}
