//! What plugins may ask of the machine: the native side of each capability, and the grants.
