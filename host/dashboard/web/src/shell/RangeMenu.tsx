import { Show, createMemo, createSignal, type Component } from "solid-js";
import { useApp } from "../app";
import { PRESETS, between, bounds, shift } from "../data/range";
import { rangeLabel } from "../format/time";
import { duration } from "../format/units";
import { Icon } from "../parts/Icon";
import { Menu } from "../parts/Menu";

/** The time range of the page, and one step earlier and later. */
export const RangeMenu: Component = () => {
  const app = useApp();
  const label = createMemo(() => {
    const range = app.range();
    if (range.kind === "fixed") return rangeLabel(range.from, range.to, Date.now());
    return PRESETS.find(preset => preset.span === range.span)?.label ?? `Last ${duration(range.span)}`;
  });
  const move = (share: number): void => app.setRange(shift(app.range(), share, app.host.now()));
  const live = (): boolean => app.range().kind === "last";
  const items = createMemo(() =>
    PRESETS.map(preset => {
      const range = app.range();
      return {
        label: preset.label,
        current: range.kind === "last" && range.span === preset.span,
        run: () => app.setRange({ kind: "last", span: preset.span }),
      };
    }),
  );
  return (
    <span class="row ranges">
      <button
        type="button"
        class="btn mini quiet icon hide-phone"
        aria-label="Earlier"
        title="Earlier  ["
        onClick={() => move(-0.5)}
      >
        <Icon name="left" />
      </button>
      <Menu label={`Time range: ${label()}`} class="btn" items={items()} after={close => <Absolute close={close} />}>
        <Icon name="clock" />
        <span class="hide-phone">{label()}</span>
        <Icon name="down" class="hide-phone" />
      </Menu>
      <button
        type="button"
        class="btn mini quiet icon hide-phone"
        aria-label="Later"
        title="Later  ]"
        disabled={live()}
        onClick={() => move(0.5)}
      >
        <Icon name="right" />
      </button>
      <Show when={!live()}>
        <button type="button" class="btn" onClick={() => app.togglePause()} title="Follow the present again">
          <Icon name="play" />
          <span class="hide-phone">Live</span>
        </button>
      </Show>
    </span>
  );
};

/** From one moment to another, as the browser's own fields. */
const Absolute: Component<{ close: () => void }> = props => {
  const app = useApp();
  const shown = bounds(app.range(), app.host.now());
  const [from, setFrom] = createSignal(fieldValue(shown.from));
  const [to, setTo] = createSignal(fieldValue(shown.to));
  const wrong = createMemo(() => {
    const [a, b] = [Date.parse(from()), Date.parse(to())];
    if (Number.isNaN(a) || Number.isNaN(b)) return "both moments are needed";
    return a < b ? undefined : "the end is before the start";
  });
  const apply = (event: Event): void => {
    event.preventDefault();
    if (wrong()) return;
    app.setRange(between(Date.parse(from()), Date.parse(to())));
    props.close();
  };
  return (
    <form class="absolute" onSubmit={apply}>
      <label>
        <span class="dim small">From</span>
        <span class="input">
          <input type="datetime-local" step="1" value={from()} onInput={event => setFrom(event.currentTarget.value)} />
        </span>
      </label>
      <label>
        <span class="dim small">To</span>
        <span class="input">
          <input type="datetime-local" step="1" value={to()} onInput={event => setTo(event.currentTarget.value)} />
        </span>
      </label>
      <span class="small dim">{wrong() ?? "in this browser's time zone"}</span>
      <button type="submit" class="btn" disabled={wrong() !== undefined}>
        Show
      </button>
    </form>
  );
};

/** What a `datetime-local` field wants: local time without a zone. */
function fieldValue(ms: number): string {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}
