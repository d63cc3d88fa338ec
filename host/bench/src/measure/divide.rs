//! One 64-bit division, as one instruction.
//!
//! LLVM replaces a 64-bit division by a test and a 32-bit one where both numbers are small, which GCC, and so the
//! distributions' sysbench, does not: the same source is 1.6 times as fast. A benchmark's work must not depend on the
//! compiler, so the instruction is written down where that matters.

use std::num::NonZeroU64;

/// The remainder of `dividend` by `divisor`.
#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "an instruction that the compiler would replace")]
#[inline(always)]
pub(super) fn remainder(dividend: u64, divisor: NonZeroU64) -> u64 {
    let remainder: u64;
    // SAFETY: `div` reads rdx:rax and its operand, writes rax and rdx, and touches neither memory nor stack. With rdx 0
    // the quotient always fits, so it would fault for the divisor 0 only, which the type excludes.
    unsafe {
        std::arch::asm!(
            "div {divisor}",
            divisor = in(reg) divisor.get(),
            inlateout("rax") dividend => _,
            inlateout("rdx") 0_u64 => remainder,
            options(pure, nomem, nostack),
        );
    }
    remainder
}

/// The remainder of `dividend` by `divisor`. Other architectures divide as they are told.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn remainder(dividend: u64, divisor: NonZeroU64) -> u64 {
    dividend % divisor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remainder_is_that_of_the_language() {
        for (dividend, divisor) in [(0, 1), (7, 3), (9_999, 99), (u64::MAX, 2), (u64::MAX, u64::MAX), (5, u64::MAX)] {
            let found = remainder(dividend, NonZeroU64::new(divisor).unwrap());
            assert_eq!(found, dividend % divisor, "{dividend} by {divisor}");
        }
    }
}
