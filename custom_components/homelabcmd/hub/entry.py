"""The config entry, as whoever comes from Home Assistant knows it: with the hub."""

from homeassistant.config_entries import ConfigEntry

from .hub import Hub

type HomelabConfigEntry = ConfigEntry[Hub]
