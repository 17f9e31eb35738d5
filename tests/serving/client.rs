//! A client, written without the program's own code.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

/// An answer is waited for no longer.
const PATIENCE: Duration = Duration::from_mins(1);
/// Samples of a chunk, as satellites send them.
pub(crate) const CHUNK: usize = 1_024;

pub(crate) struct Client {
    pub(crate) connection: TcpStream,
    pub(crate) reader: BufReader<TcpStream>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let connection = TcpStream::connect(address).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection.set_nodelay(true).unwrap();
        let reader = BufReader::new(connection.try_clone().unwrap());
        Self { connection, reader }
    }

    /// Sends an event.
    pub(crate) fn send(&mut self, kind: &str, data: &Value, payload: &[u8]) -> io::Result<()> {
        let data = data.to_string();
        let header = json!({"type": kind, "data_length": data.len(), "payload_length": payload.len()});
        let event = [header.to_string().as_bytes(), b"\n", data.as_bytes(), payload].concat();
        self.connection.write_all(&event)
    }

    /// Sends a chunk of samples of 16 bits at 16 kHz.
    pub(crate) fn chunk(&mut self, samples: &[i16], timestamp: i64) -> io::Result<()> {
        let payload: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let data = json!({"rate": 16_000, "width": 2, "channels": 1, "timestamp": timestamp});
        self.send("audio-chunk", &data, &payload)
    }

    /// The next answer, `["type", data]`; none when the server has ended the connection.
    pub(crate) fn answer(&mut self) -> io::Result<Option<(String, Value)>> {
        let mut line = String::new();
        if self.reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let header: Value = serde_json::from_str(&line)?;
        let length = header["data_length"].as_u64().unwrap_or(0) as usize;
        let mut data = vec![0; length];
        self.reader.read_exact(&mut data)?;
        let data = if data.is_empty() { Value::Null } else { serde_json::from_slice(&data)? };
        Ok(Some((header["type"].as_str().unwrap().to_owned(), data)))
    }

    /// All that is answered until `info`, which answers `describe`: keywords by their names, other answers by their types.
    pub(crate) fn answers(&mut self) -> Vec<String> {
        self.send("describe", &json!({}), &[]).unwrap();
        let mut answers = Vec::new();
        loop {
            match self.answer().unwrap().expect("the connection is open") {
                (kind, _) if kind == "info" => return answers,
                (kind, data) if kind == "detection" => {
                    answers.push(data["name"].as_str().unwrap().to_owned());
                }
                (kind, _) => answers.push(kind),
            }
        }
    }

    /// Asks for all keywords, plays sound, and gives what is heard.
    pub(crate) fn hear(&mut self, samples: &[i16]) -> Vec<String> {
        self.send("detect", &json!({"names": null}), &[]).unwrap();
        for chunk in samples.chunks(CHUNK) {
            self.chunk(chunk, 0).unwrap();
        }
        self.send("audio-stop", &json!({}), &[]).unwrap();
        self.answers()
    }
}
