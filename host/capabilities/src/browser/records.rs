//! The records of the WIT's `browser`.

/// What a browser says that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// `Chrome/131.0.6778.85`.
    pub product: String,
    /// Of DevTools: `1.3`.
    pub protocol: String,
    /// What it tells servers.
    pub user_agent: String,
}

/// Something that the browser holds: a page, a frame with a process of its own, a worker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The browser's own name for it.
    pub id: String,
    /// `page`, `background_page`, `service_worker`, `iframe` ...
    pub kind: String,
    /// Without the query and fragment of its URL, where the browser made the title of that.
    pub title: String,
    /// Without user, query and fragment.
    pub url: String,
    /// The browser context that it belongs to.
    pub context: String,
    /// Whether a DevTools client looks at it.
    pub attached: bool,
}

/// One of the browser's processes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// `browser`, `renderer`, `GPU` ...
    pub kind: String,
    /// The kernel's number for it, in the browser's own namespace.
    pub id: u32,
    /// Processor time since it was started.
    pub cpu_micros: u64,
}

/// A DevTools method that only reads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command {
    /// A page's id; empty for the browser itself.
    pub page: String,
    /// One of [`super::READING`].
    pub method: String,
    /// A JSON object, or nothing.
    pub params: String,
}

/// A page to open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visit {
    /// `http` or `https`.
    pub url: String,
    /// How long to go on watching after the page has loaded, within the time-out.
    pub settle_micros: u64,
    /// By when it has to have loaded and settled.
    pub timeout_micros: u64,
    /// The viewport's width; 0: the browser's own.
    pub width: u32,
    /// The viewport's height; 0: the browser's own.
    pub height: u32,
    /// Whether to keep a picture (PNG) of a page that failed.
    pub picture: bool,
}

/// How a page loaded. Times are seconds since the navigation began; `None` where the page never came so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Load {
    /// Of the document itself; 0 when there was no HTTP answer.
    pub status: u32,
    /// Why it did not load. An answer of 400 or above counts as a failure, though its page may have been shown.
    pub failure: Option<String>,
    /// Where it ended after redirects, without user, query and fragment.
    pub url: String,
    /// The first byte of the document's answer.
    pub first_byte: Option<f64>,
    /// The document was read and its scripts had run.
    pub dom_content_loaded: Option<f64>,
    /// All that it named was there.
    pub loaded: Option<f64>,
    /// Anything was shown.
    pub first_paint: Option<f64>,
    /// Text or a picture was shown.
    pub first_contentful_paint: Option<f64>,
    /// The largest text or picture was shown.
    pub largest_contentful_paint: Option<f64>,
    /// Sum of layout shifts without a recent input, in the worst window of five seconds.
    pub layout_shift: f64,
    /// Time beyond 50 ms of tasks that held up the page, after the first contentful paint.
    pub blocked: f64,
    /// Requests over the network, redirects and those of frames and workers included.
    pub requests: u32,
    /// Those that failed, or were answered with 400 or above.
    pub failed_requests: u32,
    /// Received for them, heads included.
    pub transferred_bytes: u64,
    /// In use by the page's scripts.
    pub heap_bytes: u64,
    /// Nodes of documents.
    pub dom_nodes: u32,
    /// Errors on the console, without those about requests: these are in `failed_requests`.
    pub console_errors: u32,
    /// Exceptions that nobody caught.
    pub exceptions: u32,
    /// The first ten errors and exceptions, cut to 1 KiB each.
    pub messages: Vec<String>,
    /// Whether the page's process died.
    pub crashed: bool,
    /// A PNG of at most 2 MiB, when asked for.
    pub picture: Option<Vec<u8>>,
}
