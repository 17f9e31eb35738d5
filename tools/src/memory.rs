//! How much memory a piece of work takes.

use std::sync::{Mutex, PoisonError};

use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};

/// The program's allocator, which counts what is allocated.
#[global_allocator]
static ALLOCATOR: PeakMemAlloc<mimalloc::MiMalloc> = PeakMemAlloc::new(mimalloc::MiMalloc);

/// One piece of work is measured at a time: it begins by setting the allocator's count to zero.
static IS_WATCHED: Mutex<()> = Mutex::new(());

/// Does a piece of work; gives what it gives, and the most bytes that were allocated at once while it ran beyond those before it. Whatever
/// other threads allocate counts too.
pub(crate) fn watched<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let _alone = IS_WATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    ALLOCATOR.reset_peak_memory();
    let done = work();
    (done, ALLOCATOR.get_peak_memory())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted_though_it_is_gone_at_the_end() {
        let (length, most) = watched(|| vec![1u8; 256 << 20].len());
        assert_eq!(length, 256 << 20);
        // Other tests may give back what they had taken before.
        assert!(most >= 128 << 20, "{most}");
    }
}
