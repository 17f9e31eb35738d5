use std::fs;

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn nothing_is_seen_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.csv");
    write_whole(&path, b"old").unwrap();
    let mut file = WholeFile::create(&path).unwrap();
    file.write_all(b"new").unwrap();
    file.flush().unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read(file.partial().unwrap()).unwrap(), b"new");
    drop(file);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    write_whole(&path, b"new").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
    assert_eq!(names(folder.path()), ["result.csv"], "nothing beside it");
    assert!(write_whole(&folder.path().join("no/such/folder"), b"").is_err());
}

#[test]
fn the_last_of_two_writers_wins_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result");
    let [mut first, mut second] = [(); 2].map(|()| WholeFile::create(&path).unwrap());
    for _ in 0..3 {
        first.write_all(b"first\n").unwrap();
        first.flush().unwrap();
        second.write_all(b"second\n").unwrap();
        second.flush().unwrap();
    }
    second.finish().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "second\n".repeat(3));
    first.finish().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "first\n".repeat(3));
}

#[test]
fn what_the_dead_left_is_removed_and_what_the_living_write_is_not() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".polyspot-0123456789abcdef.partial"), "a killed program's").unwrap();
    fs::write(folder.path().join("my.partial"), "the user's").unwrap();
    let living = WholeFile::create(&folder.path().join("a")).unwrap();
    write_whole(&folder.path().join("b"), b"b").unwrap();
    let partial = living.partial().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    assert_eq!(names(folder.path()), [&partial, "b", "my.partial"]);
    living.finish().unwrap();
    assert_eq!(names(folder.path()), ["a", "b", "my.partial"]);
}

#[test]
fn a_folder_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new/");
    for path in [folder.path(), &folder.path().join("."), &folder.path().join(".."), &new, Path::new("/")] {
        let error = WholeFile::create(path).err().unwrap();
        assert_eq!(error.to_string(), "expected the name of a file, found a folder", "{path:?}");
        assert!(crate::check_output(path).is_err());
    }
    assert!(WholeFile::create(Path::new("")).is_err());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn links_stay_and_what_they_lead_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        fs::write(at("deep/real.txt"), "old").unwrap();
        symlink("deep/real.txt", at("link")).unwrap();
        symlink("link", at("link-to-link")).unwrap();
        symlink(at("deep/new.txt"), at("dangling")).unwrap();
        for (link, target) in
            [("link", "deep/real.txt"), ("link-to-link", "deep/real.txt"), ("dangling", "deep/new.txt")]
        {
            write_whole(&at(link), link.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink());
            assert_eq!(fs::read(at(target)).unwrap(), link.as_bytes());
        }
        symlink("loop", at("loop")).unwrap();
        assert!(write_whole(&at("loop"), b"").is_err());
        symlink("deep", at("link-to-folder")).unwrap();
        assert!(write_whole(&at("link-to-folder"), b"").is_err());
    }

    #[test]
    fn the_mode_of_what_is_replaced_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("result");
        for replaced in [0o600, 0o640, 0o444, 0o755] {
            fs::write(&path, "old").unwrap();
            fs::set_permissions(&path, Permissions::from_mode(replaced)).unwrap();
            write_whole(&path, b"new").unwrap();
            assert_eq!(mode(&path), replaced, "{replaced:o}");
            fs::remove_file(&path).unwrap();
        }
        // A new one has the mode of any new file.
        fs::write(folder.path().join("any"), "").unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(mode(&path), mode(&folder.path().join("any")));
    }

    #[test]
    fn recordings_are_the_users_alone() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("new/folder");
        crate::create_private_folder(&private).unwrap();
        crate::create_private_folder(&private).unwrap();
        assert_eq!((mode(&private), mode(&folder.path().join("new"))), (0o700, 0o700));
        let clip = private.join("clip.wav");
        crate::write_private(&clip, b"sound").unwrap();
        assert_eq!(mode(&clip), 0o600);
        assert!(crate::write_private(&clip, b"other").is_err());
        symlink("elsewhere", private.join("planted")).unwrap();
        assert!(crate::write_private(&private.join("planted"), b"sound").is_err());
        assert_eq!(fs::read(&clip).unwrap(), b"sound");
        assert_eq!(names(&private), ["clip.wav", "planted"]);
    }

    #[test]
    fn devices_and_pipes_are_written_to() {
        let folder = tempfile::tempdir().unwrap();
        write_whole(Path::new("/dev/null"), b"gone").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let link = folder.path().join("link");
        symlink("/dev/null", &link).unwrap();
        write_whole(&link, b"gone").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        let error = write_whole(Path::new("/dev/full"), b"no room").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);

        let pipe = crate::read::tests::pipe(folder.path());
        let reader = {
            let pipe = pipe.clone();
            std::thread::spawn(move || fs::read(pipe).unwrap())
        };
        // Looking does not open it: the reader would take that for the end.
        crate::check_output(&pipe).unwrap();
        write_whole(&pipe, b"through the pipe").unwrap();
        assert_eq!(reader.join().unwrap(), b"through the pipe");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    }

    #[test]
    fn what_is_open_already_is_written_to() {
        use std::os::fd::AsRawFd;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "before ").unwrap();
        let open = File::options().append(true).open(&path).unwrap();
        for listing in ["/proc/self/fd", "/dev/fd"] {
            write_whole(&Path::new(listing).join(open.as_raw_fd().to_string()), b"after ").unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "before after after ");
    }
}
