//! The flags that say which bank of negatives is used.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use polyspot::front_end::FrontEndSpec;

use crate::bank::{Bank, BankPiece, Part};

/// The bank of negatives.
#[derive(Clone, Debug, Args)]
pub(crate) struct BankFlags {
    /// Bank of negatives to use, instead of the one that comes with the program
    #[arg(long, value_name = "FILE", conflicts_with = "no_bank")]
    bank: Option<PathBuf>,
    /// Use no bank of negatives
    #[arg(long)]
    pub(crate) no_bank: bool,
}

impl BankFlags {
    /// The bank, if one is to be used. It takes a while to unpack.
    pub(crate) fn open(&self) -> Result<Option<Bank>> {
        if self.no_bank {
            return Ok(None);
        }
        self.bank.as_deref().map_or_else(Bank::built_in, Bank::open).map(Some)
    }

    /// The pieces of a part that hold no word of a language.
    pub(crate) fn pieces(
        &self,
        part: Part,
        language: &str,
        front_end: &FrontEndSpec,
    ) -> Result<Vec<BankPiece>> {
        self.open()?.map_or_else(|| Ok(Vec::new()), |bank| bank.pieces(part, language, front_end))
    }
}
