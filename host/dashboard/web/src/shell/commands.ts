/** What the palette offers: pages, sections of the machine page, rules and alerts, actions. */
import type { App } from "../app";
import { PRESETS } from "../data/range";
import type { IconName } from "../parts/Icon";
import type { Command } from "./find";
import { ENTRIES } from "./pages";

/** Those that only some machines have are offered while the page shows them. */
const SECTIONS: readonly [id: string, title: string, icon: IconName, words: string, always?: true][] = [
  ["gpu", "GPU", "gpu", "graphics cuda nvidia temperature power throttled vram"],
  ["npu", "NPU", "npu", "neural accelerator intel"],
  ["cpu", "CPU", "cpu", "processor mode core load pressure utilisation", true],
  ["memory", "Memory", "memory", "swap paging", true],
  ["disks", "Disks", "disk", "space file system mount operations busy inodes", true],
  ["network", "Network", "network", "interface packets errors drops sockets tcp udp connections retransmits", true],
  ["processes", "Processes", "proc", "top busiest", true],
  ["services", "Services", "services", "systemd units failed restarts"],
  ["containers", "Containers", "containers", "docker podman restarts health"],
  ["groups", "Control groups", "groups", "cgroup slice container session oom killed"],
  ["heat", "Heat and power", "heat", "sensors temperature fan watts energy joule throttle alarm"],
  ["battery", "Battery", "battery", "charge charger supply"],
  ["kernel", "Kernel", "kernel", "limits files descriptors interrupts softirq context switches conntrack"],
];

export function commands(app: App, openHelp: () => void): Command[] {
  const toSection = (id: string): void => {
    if (app.page() !== "") app.go("");
    // The page may only now be drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(id)?.scrollIntoView({ block: "start" })));
  };
  return [
    ...ENTRIES.map(({ title, icon, page }) => ({ title, kind: "page", icon, run: () => app.go(page) })),
    ...SECTIONS.filter(([id, , , , always]) => always || document.getElementById(id) !== null).map(([id, title, icon, words]) => ({
      title,
      kind: "metrics of this machine",
      icon,
      words,
      run: () => toSection(id),
    })),
    ...PRESETS.map(({ label, span }) => ({
      title: label,
      kind: "time range",
      icon: "clock" as const,
      run: () => app.setRange({ kind: "last", span }),
    })),
    {
      title: app.range().kind === "last" ? "Pause" : "Follow the present",
      kind: "action",
      icon: app.range().kind === "last" ? ("pause" as const) : ("play" as const),
      run: () => app.togglePause(),
    },
    {
      title: "Next theme",
      kind: `action, now ${app.theme()}`,
      icon: "sun",
      words: "dark light system",
      run: () => app.nextTheme(),
    },
    { title: "Load again", kind: "action", icon: "clock", words: "reload refresh retry", run: () => app.host.retry() },
    { title: "Keys", kind: "help", icon: "key", words: "keyboard shortcuts", run: openHelp },
    ...(app.host.alerts() ?? []).map(alert => ({
      title: alert.summary,
      kind: `alert, ${alert.state}`,
      icon: "alerts" as const,
      words: alert.rule,
      run: () => app.go("alerts", { alert: alert.id }),
    })),
    ...(app.host.rules()?.rules ?? []).map(rule => ({
      title: rule.name,
      kind: `rule, ${rule.state}`,
      icon: "rules" as const,
      words: rule.file,
      run: () => app.go("rules", { q: rule.name }),
    })),
    ...(app.host.plugins() ?? []).map(plugin => ({
      title: plugin.name,
      kind: `plugin, ${plugin.state}`,
      icon: "plugins" as const,
      words: plugin.description ?? "",
      run: () => app.go("plugins", { plugin: plugin.name }),
    })),
  ];
}
