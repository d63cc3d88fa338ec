// Runs in every document before the page's own scripts, in a world of its own: the page neither sees nor changes it.
// What it gathers is read by `tell()`. Frames within the page are left alone; their times are not the page's.
if (self === top) {
  const seen = { paints: {}, largest: null, shift: 0, tasks: [] };
  let shiftWindow = { sum: 0, first: 0, last: 0 };
  const takers = {
    paint(entry) {
      seen.paints[entry.name] = entry.startTime;
    },
    "largest-contentful-paint"(entry) {
      seen.largest = entry.startTime;
    },
    "layout-shift"(entry) {
      if (entry.hadRecentInput) return;
      // A window ends one second after its last shift, and five seconds after its first.
      const at = entry.startTime;
      const goesOn = shiftWindow.sum > 0 && at - shiftWindow.last < 1000 && at - shiftWindow.first < 5000;
      if (!goesOn) shiftWindow = { sum: 0, first: at, last: at };
      shiftWindow.sum += entry.value;
      shiftWindow.last = at;
      seen.shift = Math.max(seen.shift, shiftWindow.sum);
    },
    longtask(entry) {
      // Each is 50 ms or longer, so the time of a visit bounds how many there are.
      seen.tasks.push([entry.startTime, entry.duration]);
    },
  };
  const observers = [];
  for (const [type, take] of Object.entries(takers)) {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(take));
    try {
      observer.observe({ type, buffered: true });
      observers.push([observer, take]);
    } catch {
      // A browser that does not know this type of entry.
    }
  }
  globalThis.tell = () => {
    for (const [observer, take] of observers) observer.takeRecords().forEach(take);
    const seconds = (milliseconds) => (milliseconds > 0 ? milliseconds / 1000 : null);
    const navigation = performance.getEntriesByType("navigation")[0];
    const contentful = seen.paints["first-contentful-paint"];
    let blocked = 0;
    for (const [start, duration] of contentful === undefined ? [] : seen.tasks) {
      // Of a task that was running when the paint came, only what came after it held up anyone.
      const rest = start + duration - Math.max(start + 50, contentful);
      if (rest > 0) blocked += rest;
    }
    return {
      firstByte: seconds(navigation?.responseStart),
      domContentLoaded: seconds(navigation?.domContentLoadedEventEnd),
      loaded: seconds(navigation?.loadEventEnd),
      firstPaint: seconds(seen.paints["first-paint"]),
      firstContentfulPaint: seconds(contentful),
      largestContentfulPaint: seconds(seen.largest),
      layoutShift: seen.shift,
      blocked: blocked / 1000,
    };
  };
}
