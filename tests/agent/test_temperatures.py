"""Sensors: names that stay, the main one first, nonsense dropped, sleep respected."""

from __future__ import annotations

from pathlib import Path

from homelab_agent.collectors import temperatures
from homelab_agent.collectors.sample import Sample
from homelab_agent.collectors.surroundings import Surroundings

from .stand_ins import FakeHelper, put


def chip(root: Path, number: int, name: str, *sensors: tuple[str, str]) -> None:
    """Add a chip; sensors are labels and texts."""
    folder = f"sys/class/hwmon/hwmon{number}"
    put(root, f"{folder}/name", f"{name}\n")
    for index, (label, text) in enumerate(sensors, 1):
        put(root, f"{folder}/temp{index}_input", text)
        if label:
            put(root, f"{folder}/temp{index}_label", f"{label}\n")


def measure(root: Path) -> Sample:
    return temperatures.collector(Surroundings(root=root))()


def found(root: Path) -> list[tuple[str, float]]:
    return [(t.name, t.celsius) for t in measure(root).temperatures or ()]


def test_sensors_have_the_names_of_chip_and_label_and_the_main_one_is_first(
    tmp_path: Path,
) -> None:
    chip(tmp_path, 0, "nvme", ("Composite", "38850\n"))
    chip(tmp_path, 1, "nvme", ("Composite", "40850\n"))
    chip(tmp_path, 2, "acpitz", ("", "27800\n"))
    chip(tmp_path, 3, "coretemp", ("Package id 0", "51000\n"), ("Core 0", "50000\n"))
    chip(tmp_path, 4, "nct6775", ("", "30000\n"), ("", "31000\n"))
    assert found(tmp_path) == [
        ("coretemp Package id 0", 51.0),
        ("coretemp Core 0", 50.0),
        ("acpitz", 27.8),
        ("nvme Composite", 38.9),
        ("nvme Composite 2", 40.9),
        ("nct6775 temp1", 30.0),
        ("nct6775 temp2", 31.0),
    ]


def test_names_do_not_depend_on_the_order_of_discovery(tmp_path: Path) -> None:
    for first, second, folder in ((0, 1, "a"), (1, 0, "b")):
        root = tmp_path / folder
        chip(root, first, "nvme", ("Composite", "30000"))
        chip(root, second, "nvme", ("Composite", "40000"))
        for number, place in ((first, "1"), (second, "2")):
            target = root / f"sys/devices/{place}"
            target.mkdir(parents=True)
            (root / f"sys/class/hwmon/hwmon{number}/device").symlink_to(target)
    assert found(tmp_path / "a") == found(tmp_path / "b")


def test_thermal_zones_stand_in_where_there_is_no_chip(tmp_path: Path) -> None:
    put(tmp_path, "sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
    put(tmp_path, "sys/class/thermal/thermal_zone0/temp", "48312\n")
    assert found(tmp_path) == [("cpu-thermal", 48.3)]


def test_values_that_can_not_be_are_dropped(tmp_path: Path) -> None:
    texts = ("0", "-127000", "255000", "25000", "-5000")
    chip(tmp_path, 0, "odd", *((f"t{text}", text) for text in texts))
    assert [celsius for _, celsius in found(tmp_path)] == [25.0, -5.0]


def test_nonsense_of_a_sensor_is_an_error_that_names_it(tmp_path: Path) -> None:
    chip(tmp_path, 0, "odd", ("<script>\x01", "warm"), ("good", "25000"))
    sample = measure(tmp_path)
    assert [t.name for t in sample.temperatures or ()] == ["odd good"]
    assert sample.trouble == "no temperature comes from: odd <script>"


def test_machine_without_sensors_has_none_and_no_trouble(tmp_path: Path) -> None:
    assert measure(tmp_path) == Sample(temperatures=())


def test_hundreds_of_sensors_are_cut(tmp_path: Path) -> None:
    chip(tmp_path, 0, "many", *((f"t{n}", "25000") for n in range(300)))
    sample = measure(tmp_path)
    assert len(sample.temperatures or ()) == 64
    assert sample.trouble == "only 64 of 300 sensors are shown"


def test_disk_that_sleeps_or_is_about_to_is_not_asked_for_its_temperature(
    tmp_path: Path, unix_sockets: None
) -> None:
    chip(tmp_path, 0, "drivetemp", ("", "35000"))
    (tmp_path / "sys/class/hwmon/hwmon0/device/block/sda").mkdir(parents=True)
    put(tmp_path, "sys/block/sda/queue/rotational", "1\n")
    put(tmp_path, "sys/block/sda/stat", "1\n")
    clock = [0.0]
    around = Surroundings(root=tmp_path, boot=lambda: clock[0])
    collect = temperatures.collector(around)
    text = tmp_path / "sys/class/hwmon/hwmon0/temp1_input"

    def look() -> list[float]:
        clock[0] += 601
        return [t.celsius for t in collect().temperatures or ()]

    with FakeHelper().at(tmp_path) as helper:
        states = {"disks": [{"name": "sda", "state": "standby"}]}
        helper.answers["disk_power"] = states
        assert look() == []
        states["disks"][0]["state"] = "active"
        put(tmp_path, "sys/block/sda/stat", "2\n")
        assert look() == [35.0]
        # Without any traffic, its timer runs on and its last value holds.
        text.write_text("99000")
        assert look() == [35.0]
        states["disks"][0]["state"] = "standby"
        assert look() == []
        put(tmp_path, "sys/block/sda/stat", "3\n")
        assert look() == []


def test_disk_that_fell_asleep_since_anybody_asked_is_not_touched(
    tmp_path: Path, unix_sockets: None
) -> None:
    chip(tmp_path, 0, "drivetemp", ("", "35000"))
    (tmp_path / "sys/class/hwmon/hwmon0/device/block/sda").mkdir(parents=True)
    put(tmp_path, "sys/block/sda/queue/rotational", "1\n")
    put(tmp_path, "sys/block/sda/stat", "1\n")
    clock, opened = [1000.0], []

    class Watched(Surroundings):
        """A machine that knows what was read on it."""

        def read(self, name: str, errors: str = "replace") -> str:
            opened.append(name)
            return super().read(name, errors)

    around = Watched(root=tmp_path, boot=lambda: clock[0])
    collect = temperatures.collector(around)
    sensor = "sys/class/hwmon/hwmon0/temp1_input"
    with FakeHelper().at(tmp_path) as helper:
        states = {"disks": [{"name": "sda", "state": "active"}]}
        helper.answers["disk_power"] = states
        collect()
        assert opened.count(sensor) == 1
        # Somebody else asks, the disk works once more, and then its timer ends.
        clock[0] += 400
        around.drives.states(["sda"], max_age=0)
        put(tmp_path, "sys/block/sda/stat", "2\n")
        states["disks"][0]["state"] = "standby"
        clock[0] += 250
        assert collect().temperatures == ()
        assert opened.count(sensor) == 1
        states["disks"][0]["state"] = "active"
        put(tmp_path, "sys/block/sda/stat", "3\n")
        clock[0] += 601
        collect()
        assert opened.count(sensor) == 2


def test_limits_of_the_driver_are_told_where_they_are_sane(tmp_path: Path) -> None:
    chip(tmp_path, 0, "nvme", ("Composite", "38850\n"), ("Sensor 1", "40000\n"))
    for file, text in (
        ("temp1_max", "81850"),
        ("temp1_crit", "84850"),
        ("temp2_max", "65261850"),
        ("temp2_crit", "nonsense"),
    ):
        put(tmp_path, f"sys/class/hwmon/hwmon0/{file}", f"{text}\n")
    told = [
        (t.max_celsius, t.crit_celsius) for t in measure(tmp_path).temperatures or ()
    ]
    assert told == [(81.8, 84.8), (None, None)]


def test_input_with_nothing_plugged_in_is_no_sensor(tmp_path: Path) -> None:
    chip(tmp_path, 0, "nct6775", ("SYSTIN", "31000\n"), ("AUXTIN0", "127500\n"))
    put(tmp_path, "sys/class/hwmon/hwmon0/temp1_fault", "0\n")
    put(tmp_path, "sys/class/hwmon/hwmon0/temp2_fault", "1\n")
    assert found(tmp_path) == [("nct6775 SYSTIN", 31.0)]
