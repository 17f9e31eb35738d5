//! The user's sound server, `PulseAudio` or `PipeWire` in its place, spoken to in its own protocol.
//!
//! cpal has a host for it too, but its streams follow a removed microphone to whatever other one there is, lose what their short
//! buffers do not hold, ask for timings at every delivery, and leave their connections open.

use std::ffi::CString;
use std::io::{BufReader, Read};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

use cpal::{ErrorKind, SampleFormat};
use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, CreateRecordStreamReply, GetSourceInfo, Prop, Props,
    ProtocolError, PulseError, RecordStreamParams, SampleSpec, SetClientNameReply, SourceInfo,
    SourceInfoList, stream,
};

/// What an id of one of its microphones begins with.
pub(crate) const PREFIX: &str = "pulseaudio:";
/// A server that does not answer in this time hangs.
const PATIENCE: Duration = Duration::from_secs(2);
/// No message is longer, in bytes: a server keeps 4 MiB for a stream.
const LONGEST_MESSAGE: u32 = 16 << 20;
/// No cookie is longer, in bytes: they have 256.
const MOST_COOKIE_BYTES: u64 = 4_096;

/// A microphone of the server, or what a loudspeaker of it plays.
pub(crate) struct Source(SourceInfo);

/// A stream from a microphone; dropped to end it.
pub(crate) struct Recording(UnixStream);

impl Drop for Recording {
    fn drop(&mut self) {
        // It fails only when the server has closed it already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// All microphones of the server.
pub(crate) fn sources() -> Result<Vec<Source>, cpal::Error> {
    let found: SourceInfoList = Connection::open()?.ask(&Command::GetSourceInfoList)?;
    Ok(found.into_iter().map(Source).collect())
}

/// The microphone of this name; without a name, the one that the server takes itself.
pub(crate) fn source(name: Option<&str>) -> Result<Source, cpal::Error> {
    let name = match name {
        Some(name) => CString::new(name).map_err(|_| gone())?,
        None => protocol::DEFAULT_SOURCE.to_owned(),
    };
    let question = Command::GetSourceInfo(GetSourceInfo { name: Some(name), index: None });
    Connection::open()?.ask(&question).map(Source)
}

impl Source {
    /// The id, which names the same device tomorrow.
    pub(super) fn id(&self) -> String {
        format!("{PREFIX}{}", self.0.name.to_string_lossy())
    }

    /// What people call it.
    pub(super) fn name(&self) -> String {
        self.0.description.as_ref().unwrap_or(&self.0.name).to_string_lossy().into_owned()
    }

    pub(super) fn sample_rate_hz(&self) -> u32 {
        self.0.sample_spec.sample_rate
    }

    pub(super) fn channels(&self) -> u16 {
        u16::from(self.0.sample_spec.channels)
    }

    /// What its samples are asked for as: the server converts those that have more than 16 bits.
    pub(super) fn sample_format(&self) -> SampleFormat {
        use protocol::SampleFormat::{Alaw, S16Be, S16Le, U8, Ulaw};
        match self.0.sample_spec.format {
            Alaw | S16Be | S16Le | U8 | Ulaw => SampleFormat::I16,
            _ => SampleFormat::F32,
        }
    }

    /// Begins to record: hands on the bytes of whole frames, all that have come in a period, and in the end, if that does not come
    /// by dropping the recording, why.
    pub(crate) fn record(
        &self,
        period: Duration,
        mut on_bytes: impl FnMut(&[u8]) + Send + 'static,
        on_end: impl FnOnce(cpal::Error) + Send + 'static,
    ) -> Result<Recording, cpal::Error> {
        let mut connection = Connection::open()?;
        let command = Command::CreateRecordStream(self.parameters(period));
        let CreateRecordStreamReply { channel, .. } = connection.ask(&command)?;
        let socket = connection.socket.get_ref();
        let recording = socket.set_read_timeout(None).and_then(|()| socket.try_clone()).map(Recording);
        let recording =
            recording.map_err(|e| cpal::Error::with_message(ErrorKind::BackendError, e.to_string()))?;
        let receive = move || {
            let mut bytes = Vec::new();
            loop {
                match connection.receive(&mut bytes) {
                    Ok(to) if to == channel => on_bytes(&bytes),
                    Ok(_) => {}
                    Err(error) => return on_end(error),
                }
            }
        };
        let thread = thread::Builder::new().name("sound server".to_owned()).spawn(receive);
        thread.map_err(|e| cpal::Error::with_message(ErrorKind::ResourceExhausted, e.to_string()))?;
        Ok(recording)
    }

    fn parameters(&self, period: Duration) -> RecordStreamParams {
        let format = match (self.sample_format(), cfg!(target_endian = "little")) {
            (SampleFormat::I16, true) => protocol::SampleFormat::S16Le,
            (SampleFormat::I16, false) => protocol::SampleFormat::S16Be,
            (_, true) => protocol::SampleFormat::Float32Le,
            (_, false) => protocol::SampleFormat::Float32Be,
        };
        let frames = self.sample_rate_hz() * period.as_millis() as u32 / 1_000;
        let frame_bytes = u32::from(self.channels()) * format.bytes_per_sample() as u32;
        RecordStreamParams {
            sample_spec: SampleSpec { format, ..self.0.sample_spec },
            channel_map: self.0.channel_map,
            source_name: Some(self.0.name.clone()),
            buffer_attr: stream::BufferAttr {
                // As much as the server keeps: a shorter buffer loses, without a word, what is not fetched in time.
                max_length: u32::MAX,
                fragment_size: frames * frame_bytes,
                ..Default::default()
            },
            // When the microphone goes, the stream ends: the server is not to move it to another.
            flags: stream::StreamFlags { adjust_latency: true, no_move: true, ..Default::default() },
            ..Default::default()
        }
    }
}

/// A connection to the server.
struct Connection {
    socket: BufReader<UnixStream>,
    /// Of the protocol.
    version: u16,
}

impl Connection {
    /// Connects and greets.
    fn open() -> Result<Self, cpal::Error> {
        let unavailable = |why: &str| {
            let what = format!("PulseAudio is not available{why}");
            cpal::Error::with_message(ErrorKind::HostUnavailable, what)
        };
        let path = pulseaudio::socket_path_from_env().ok_or_else(|| unavailable(""))?;
        let connect = || {
            let socket = UnixStream::connect(path)?;
            socket.set_read_timeout(Some(PATIENCE))?;
            socket.set_write_timeout(Some(PATIENCE))?;
            Ok(socket)
        };
        let socket = connect().map_err(|e: std::io::Error| unavailable(&format!(": {e}")))?;
        let mut connection = Self { socket: BufReader::new(socket), version: protocol::MAX_VERSION };
        let cookie = pulseaudio::cookie_path_from_env()
            .and_then(|path| polyspot_files::read(Path::new(&path), MOST_COOKIE_BYTES).ok());
        let AuthReply { version, .. } = connection.ask(&Command::Auth(AuthParams {
            version: protocol::MAX_VERSION,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_default(),
        }))?;
        connection.version = version.min(protocol::MAX_VERSION);
        let mut properties = Props::new();
        properties.set(Prop::ApplicationName, c"polyspot");
        let _: SetClientNameReply = connection.ask(&Command::SetClientName(properties))?;
        Ok(connection)
    }

    /// Asks something and waits for the answer.
    fn ask<R: CommandReply>(&mut self, question: &Command) -> Result<R, cpal::Error> {
        let Self { socket, version } = self;
        protocol::write_command_message(socket.get_mut(), 0, question, *version)
            .and_then(|()| protocol::read_reply_message(socket, *version))
            .map_err(error)
            .map(|(_, reply)| reply)
    }

    /// Waits for the next message and gives the number of the stream that it belongs to, none of ours if it is about something else.
    fn receive(&mut self, bytes: &mut Vec<u8>) -> Result<u32, cpal::Error> {
        let descriptor = protocol::read_descriptor(&mut self.socket).map_err(error)?;
        if descriptor.length > LONGEST_MESSAGE {
            return Err(error(ProtocolError::Invalid(format!("a message of {} bytes", descriptor.length))));
        }
        bytes.resize(descriptor.length as usize, 0);
        self.socket.read_exact(bytes).map_err(|e| error(e.into()))?;
        // Nothing else that it says changes what comes.
        if descriptor.channel == u32::MAX
            && let Ok((_, Command::RecordStreamKilled(_) | Command::RecordStreamMoved(_))) =
                Command::read_tag_prefixed(&mut bytes.as_slice(), self.version)
        {
            return Err(gone());
        }
        Ok(descriptor.channel)
    }
}

fn gone() -> cpal::Error {
    cpal::Error::with_message(ErrorKind::DeviceNotAvailable, "there is no such device")
}

/// The same error in the words of the other sound systems.
fn error(error: ProtocolError) -> cpal::Error {
    match error {
        ProtocolError::ServerError(PulseError::NoEntity) => gone(),
        ProtocolError::ServerError(e @ (PulseError::AccessDenied | PulseError::AuthKey)) => {
            cpal::Error::with_message(ErrorKind::PermissionDenied, e.to_string())
        }
        ProtocolError::ServerError(e) => cpal::Error::with_message(ErrorKind::BackendError, e.to_string()),
        ProtocolError::Io(e) => cpal::Error::with_message(
            ErrorKind::StreamInvalidated,
            format!("the sound server does not answer: {e}"),
        ),
        other => cpal::Error::with_message(ErrorKind::StreamInvalidated, other.to_string()),
    }
}
