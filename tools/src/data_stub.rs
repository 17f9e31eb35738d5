use std::path::*; use std::sync::Arc; use anyhow::*; use rayon::prelude::*;
#[derive(Clone)] pub(crate) struct Clip { pub path: PathBuf, pub word: String, pub speaker: String, pub split: Split }
#[derive(Clone,Copy,PartialEq,Eq)] pub(crate) enum Split { Train, Dev, Test }
pub(crate) struct DataSet { pub language: String, pub folder: PathBuf, pub clips: Vec<Clip>, pub refused: Vec<BadClip> }
pub(crate) struct BadClip { pub path: PathBuf, pub reason: String }
fn ls(p:&Path)->Vec<PathBuf>{ let mut v:Vec<_>=std::fs::read_dir(p).unwrap().map(|e|e.unwrap().path()).collect(); v.sort(); v}
impl DataSet { pub(crate) fn open(folder:&Path)->Result<DataSet>{ let mut clips=vec![];
 for (d,split) in [("train",Split::Train),("dev",Split::Dev)] { let d=folder.join(d); if !d.is_dir(){continue} for w in ls(&d){ let word=w.file_name().unwrap().to_string_lossy().into_owned(); for f in ls(&w){ clips.push(Clip{path:f.clone(),word:word.clone(),speaker:String::new(),split}) } } }
 Ok(DataSet{folder:folder.into(),language:folder.file_name().unwrap().to_string_lossy().into_owned(),clips,refused:vec![]}) } }
fn one(p:&Path,r:u32)->Result<Arc<[i16]>>{ let v=polyspot_audio::read_mono(p,r,polyspot_audio::ChannelChoice::Mix)?; ensure!(!v.is_empty()); Ok(v.iter().map(|s|(s*32768.0).clamp(-32768.0,32767.0) as i16).collect()) }
pub(crate) fn load(clips:&[Clip],r:u32,_p:&indicatif::ProgressBar)->(Vec<Option<Arc<[i16]>>>,Vec<BadClip>){ let v:Vec<_>=clips.par_iter().map(|c|one(&c.path,r)).collect(); let mut bad=vec![]; let out=v.into_iter().zip(clips).map(|(x,c)| match x {Result::Ok(a)=>Some(a),Err(e)=>{bad.push(BadClip{path:c.path.clone(),reason:e.to_string()});None}}).collect(); (out,bad)}
pub(crate) fn load_folder(f:&Path,r:u32)->Result<Vec<Arc<[i16]>>>{ ls(f).par_iter().map(|p|one(p,r)).collect() }
