"""What systemd 252 exports on the bus, in part: a template for python-dbusmock."""

import dbus

from dbusmock import MOCK_IFACE, mockobject

BUS_NAME = "org.freedesktop.systemd1"
MAIN_OBJ = "/org/freedesktop/systemd1"
MAIN_IFACE = "org.freedesktop.systemd1.Manager"
SYSTEM_BUS = False
UNIT = "org.freedesktop.systemd1.Unit"
NOT_COUNTED = dbus.UInt64(2**64 - 1)


def load(mock, _parameters):
    mock.lines = []
    mock.AddProperties(MAIN_IFACE, dbus.Dictionary({"SystemState": "degraded"}, signature="sv"))
    add(mock, "redis-server.service", "Advanced key-value store", "loaded", "active", "running",
        {"ActiveEnterTimestamp": dbus.UInt64(1_700_000_000_123_456)},
        {"NRestarts": dbus.UInt32(3), "Result": "success", "ExecMainStatus": dbus.Int32(0), "MainPID": dbus.UInt32(812),
         "MemoryCurrent": dbus.UInt64(8_404_992), "CPUUsageNSec": dbus.UInt64(2_500_001_999),
         "TasksCurrent": dbus.UInt64(5), "Environment": dbus.Array(["PASSWORD=hush"], signature="s")})
    add(mock, "redis-backup.service", "Nightly copy", "loaded", "failed", "failed",
        {"InactiveEnterTimestamp": dbus.UInt64(1_700_000_500_000_000)},
        {"NRestarts": dbus.UInt32(0), "Result": "exit-code", "ExecMainStatus": dbus.Int32(3), "MainPID": dbus.UInt32(0),
         "MemoryCurrent": NOT_COUNTED, "CPUUsageNSec": NOT_COUNTED, "TasksCurrent": NOT_COUNTED})
    add(mock, "system.slice", "System Slice", "loaded", "active", "active",
        {"ActiveEnterTimestamp": dbus.UInt64(0)}, {"MemoryCurrent": dbus.UInt64(1_000_000)}, "Slice")
    add(mock, "dev-disk\\x2d1.device", "A disk", "loaded", "activating", "tentative",
        {"InactiveExitTimestamp": dbus.UInt64(1_000)}, None)
    # In the list, but gone when asked about.
    mock.lines.append(line("gone.service", "Gone", "not-found", "inactive", "dead"))


def path_of(name):
    return MAIN_OBJ + "/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)


def line(name, description, load, active, sub):
    return dbus.Struct((name, description, load, active, sub, "", dbus.ObjectPath(path_of(name)), dbus.UInt32(0), "",
                        dbus.ObjectPath("/")), signature="ssssssouso")


def add(mock, name, description, load, active, sub, unit, own, kind="Service"):
    mock.lines.append(line(name, description, load, active, sub))
    mock.AddObject(path_of(name), UNIT, unit, dbus.Array([], signature="(ssss)"))
    if own is not None:
        mockobject.objects[path_of(name)].AddProperties(
            f"org.freedesktop.systemd1.{kind}", dbus.Dictionary(own, signature="sv"))


@dbus.service.method(MAIN_IFACE, in_signature="", out_signature="a(ssssssouso)")
def ListUnits(self):
    return dbus.Array(self.lines, signature="(ssssssouso)")


@dbus.service.method(MOCK_IFACE, in_signature="u", out_signature="")
def AddMany(self, count):
    for number in range(count):
        add(self, f"many-{number:04}.service", "One of many", "loaded", "active", "running",
            {"ActiveEnterTimestamp": dbus.UInt64(1_000_000)}, {"MainPID": dbus.UInt32(number + 1)})


@dbus.service.method(MOCK_IFACE, in_signature="sssa{sv}", out_signature="")
def Turn(self, name, active, sub, own):
    """A unit comes into another state."""
    self.lines = [line(name, one[1], one[2], active, sub) if one[0] == name else one for one in self.lines]
    mockobject.objects[path_of(name)].UpdateProperties("org.freedesktop.systemd1.Service", own)


@dbus.service.method(MOCK_IFACE, in_signature="s", out_signature="")
def Forget(self, name):
    """A unit is unloaded."""
    self.lines = [one for one in self.lines if one[0] != name]
    self.RemoveObject(path_of(name))


@dbus.service.method(MOCK_IFACE, in_signature="sss", out_signature="")
def Add(self, name, active, sub):
    add(self, name, "One more", "loaded", active, sub, {}, {"NRestarts": dbus.UInt32(0)})
