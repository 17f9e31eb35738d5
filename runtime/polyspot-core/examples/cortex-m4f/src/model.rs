//! The model and the recording, written by the build script.

#![allow(clippy::all, clippy::pedantic, reason = "written by a program")]

use alloc::borrow::Cow;

use polyspot_core::front_end::Dct::OrthonormalIi;
use polyspot_core::front_end::MelScale::Htk;
use polyspot_core::front_end::WindowFunction::HannPeriodic;
use polyspot_core::kernel::{Convolution, Layer, Operation};
use polyspot_core::stream::{DetectorSpec, LabelKind, LabelSpec, NetworkSpec};
use polyspot_core::{FrontEndSpec, NetworkDescription, StreamSpec};

include!(concat!(env!("OUT_DIR"), "/model.rs"));
