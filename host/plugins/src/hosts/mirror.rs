//! Records of `host/capabilities` as those of the WIT: the same fields under the same names, listed once each.

use autobot_capabilities::CapabilityError;

use crate::abi::types::Error;

/// What one side says, in the words of the other.
pub(crate) trait Told<T> {
    fn told(self) -> T;
}

macro_rules! same {
    ($($kind:ty),*) => { $(impl Told<$kind> for $kind { fn told(self) -> $kind { self } })* };
}
same!(bool, u8, u16, u32, u64, i32, i64, f64, String);

impl<A: Told<B>, B> Told<Option<B>> for Option<A> {
    fn told(self) -> Option<B> {
        self.map(A::told)
    }
}

impl<A: Told<B>, B> Told<Vec<B>> for Vec<A> {
    fn told(self) -> Vec<B> {
        self.into_iter().map(A::told).collect()
    }
}

impl<A: Told<C>, B: Told<D>, C, D> Told<(C, D)> for (A, B) {
    fn told(self) -> (C, D) {
        (self.0.told(), self.1.told())
    }
}

impl<A: Told<B>, B> Told<Result<B, Error>> for Result<A, CapabilityError> {
    fn told(self) -> Result<B, Error> {
        self.map(A::told).map_err(Error::from)
    }
}

impl From<CapabilityError> for Error {
    fn from(error: CapabilityError) -> Self {
        match error {
            CapabilityError::NotPresent(text) => Self::NotPresent(text),
            CapabilityError::Denied(text) => Self::Denied(text),
            CapabilityError::Timeout(text) => Self::Timeout(text),
            CapabilityError::Unreachable(text) => Self::Unreachable(text),
            CapabilityError::Invalid(text) => Self::Invalid(text),
            CapabilityError::TooLarge(text) => Self::TooLarge(text),
            CapabilityError::Failed(text) => Self::Failed(text),
        }
    }
}

/// `mirror!(from => to { fields })`: each field is told by the field of the same name.
macro_rules! mirror {
    ($($from:ty => $to:ty { $($field:ident),* $(,)? })*) => {
        $(impl $crate::hosts::mirror::Told<$to> for $from {
            fn told(self) -> $to {
                let one = self;
                // A constructor by name, so that a field that is missing here does not compile.
                type To = $to;
                To { $($field: $crate::hosts::mirror::Told::told(one.$field)),* }
            }
        })*
    };
}

/// `mirror_enum!(from => to { cases })`
macro_rules! mirror_enum {
    ($($from:ty => $to:ty { $($case:ident),* $(,)? })*) => {
        $(impl $crate::hosts::mirror::Told<$to> for $from {
            fn told(self) -> $to {
                type From = $from;
                type To = $to;
                match self {
                    $(From::$case => To::$case),*
                }
            }
        })*
    };
}

pub(crate) use {mirror, mirror_enum};
