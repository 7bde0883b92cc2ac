"""Tests of the own machine, as far as no Home Assistant is needed."""
