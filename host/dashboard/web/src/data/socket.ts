/** The live connection: opens it, keeps it, opens it again. What the frames mean is told to others. */
import { Backoff } from "./backoff";
import { FrameReader, type Read } from "./frames";

export interface Subscription {
  id: string;
  query: string;
}

export interface SocketEvents {
  read(read: Read): void;
  opened(): void;
  /** Closed or never opened; the next attempt is at `retryAt` (the browser's clock). */
  closed(retryAt: number): void;
}

/** A connection that says nothing for so long is dead, whatever the system believes. */
const SILENCE_MS = 20_000;
const PING_MS = 7_000;

export class LiveSocket {
  #socket: WebSocket | undefined;
  #reader = new FrameReader();
  #backoff = new Backoff();
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pulse: ReturnType<typeof setInterval> | undefined;
  #subscriptions: Subscription[] = [];
  #heard = 0;
  #pings = 0;

  constructor(
    private readonly url: string,
    readonly events: SocketEvents,
  ) {}

  open(): void {
    clearTimeout(this.#retry);
    this.#drop();
    let socket: WebSocket;
    try {
      socket = new WebSocket(this.url);
    } catch {
      this.#later();
      return;
    }
    this.#socket = socket;
    this.#reader = new FrameReader();
    this.#heard = Date.now();
    socket.onopen = () => {
      this.#backoff.reset();
      this.#send();
      this.events.opened();
    };
    socket.onmessage = event => {
      this.#heard = Date.now();
      if (typeof event.data === "string") this.events.read(this.#reader.read(event.data));
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#later();
    };
    this.#pulse = setInterval(() => this.#beat(), PING_MS);
  }

  get connected(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Replaces what is subscribed to; now if connected, and again after each reconnection. */
  subscribe(subscriptions: Subscription[]): void {
    const kept = new Set(this.#subscriptions.map(({ id, query }) => `${id} ${query}`));
    const wanted = new Set(subscriptions.map(({ id, query }) => `${id} ${query}`));
    this.#reader.forget(this.#subscriptions.filter(({ id, query }) => !wanted.has(`${id} ${query}`)).map(({ id }) => id));
    const changed = wanted.size !== kept.size || [...wanted].some(one => !kept.has(one));
    this.#subscriptions = subscriptions;
    if (changed && this.connected) this.#send();
  }

  #send(): void {
    this.#socket?.send(JSON.stringify({ subscribe: this.#subscriptions }));
  }

  #beat(): void {
    if (Date.now() - this.#heard > SILENCE_MS) {
      this.#later();
    } else if (this.connected) {
      this.#socket?.send(JSON.stringify({ ping: (this.#pings += 1) }));
    }
  }

  #later(): void {
    this.#drop();
    const wait = this.#backoff.next();
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), wait);
    this.events.closed(Date.now() + wait);
  }

  #drop(): void {
    clearInterval(this.#pulse);
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
