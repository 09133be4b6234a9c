use super::*;
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, ObjType, ROOT, TextEncoding};
use std::io::Write;

fn document_with(text: &str) -> Automerge {
    let mut document = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    document.set_actor(ActorId::from([1_u8; 16]));
    let mut transaction = document.transaction();
    let object = transaction.put_object(ROOT, "text", ObjType::Text).unwrap();
    transaction.splice_text(&object, 0, 0, text).unwrap();
    transaction.commit_with(CommitOptions::default().with_message("Écrit").with_time(-5));
    document
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn chunk_of(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([0; 4]);
    bytes.push(kind);
    bytes.extend(reader::encode_unsigned(body.len() as u64));
    bytes.extend(body);
    bytes
}

#[test]
fn change_hashes_agree_with_automerge() {
    for text in ["short", &"long enough to be deflated. ".repeat(200)] {
        let mut change = document_with(text).get_changes(&[]).remove(0);
        let hash = change.hash();
        let raw = change.raw_bytes().to_vec();
        let packed = change.bytes().into_owned();
        for bytes in [raw, packed] {
            let chunk = chunks(&bytes).next().unwrap().unwrap();
            assert_eq!(chunk.change_hash(1 << 20), Ok(hash));
        }
    }
}

#[test]
fn saves_of_every_kind_are_walked_and_measured() {
    let mut document = document_with(&"words ".repeat(2000));
    let first = document.get_heads();
    let mut transaction = document.transaction();
    transaction.put(ROOT, "more", 1).unwrap();
    transaction.commit();
    let mut saved = document.save();
    saved.extend(document.save_after(&first));
    saved.extend(document.bundle(document.get_heads()).unwrap().bytes());
    let found: Vec<_> = chunks(&saved).map(Result::unwrap).collect();
    let kinds: Vec<_> = found.iter().map(|chunk| chunk.kind).collect();
    assert_eq!(
        kinds,
        [ChunkKind::Document, ChunkKind::Change, ChunkKind::Bundle]
    );
    let limits = ChunkLimits {
        inflated_bytes: 1 << 20,
        rows: 1 << 20,
    };
    let size = found[0].measure(&limits).unwrap();
    assert_eq!(size.rows, 12_002);
    assert!(size.inflated_bytes > found[0].bytes.len() as u64);
    assert_eq!(found[1].measure(&limits).unwrap().rows, 1);
    assert_eq!(
        found[0].measure(&ChunkLimits {
            rows: 12_001,
            ..limits
        }),
        Err(ChunkError::TooManyRows { limit: 12_001 })
    );
}

/// How many bytes a chunk takes when it is inflated, if that is within a limit.
fn inflated_len(chunk: &Chunk<'_>, limit: u64) -> Result<u64, ChunkError> {
    let limits = ChunkLimits {
        inflated_bytes: limit,
        rows: u64::MAX,
    };
    chunk.measure(&limits).map(|size| size.inflated_bytes)
}

#[test]
fn a_deflated_change_of_a_hundred_megabytes_is_refused() {
    let bytes = chunk_of(2, &deflate(&vec![0; 100 << 20]));
    let chunk = chunks(&bytes).next().unwrap().unwrap();
    assert!(bytes.len() < 1 << 18);
    assert_eq!(
        inflated_len(&chunk, 1 << 20),
        Err(ChunkError::TooLarge { limit: 1 << 20 })
    );
}

#[test]
fn a_deflated_column_is_refused_by_the_sum_of_all_columns() {
    let column = deflate(&vec![0; 700_000]);
    let mut body = vec![0, 0, 2];
    for spec in [0x0f_u8, 0x1f] {
        body.push(spec);
        body.extend(reader::encode_unsigned(column.len() as u64));
    }
    body.push(0);
    body.extend(&column);
    body.extend(&column);
    let bytes = chunk_of(0, &body);
    let chunk = chunks(&bytes).next().unwrap().unwrap();
    assert_eq!(
        inflated_len(&chunk, 1_000_000),
        Err(ChunkError::TooLarge { limit: 1_000_000 })
    );
    assert!(inflated_len(&chunk, 2_000_000).is_ok());
}

#[test]
fn a_run_of_billions_of_rows_is_refused() {
    let mut column = vec![0];
    column.extend(reader::encode_unsigned(1 << 40));
    let mut body = vec![0, 0, 1, 0x42, column.len() as u8, 0];
    body.extend(column);
    let bytes = chunk_of(0, &body);
    let chunk = chunks(&bytes).next().unwrap().unwrap();
    let limits = ChunkLimits {
        inflated_bytes: 1 << 20,
        rows: 1 << 20,
    };
    assert_eq!(
        chunk.measure(&limits),
        Err(ChunkError::TooManyRows { limit: 1 << 20 })
    );
}

#[test]
fn what_is_no_chunk_is_named() {
    let saved = document_with("a").save();
    let first = |bytes: &[u8]| chunks(bytes).next().unwrap().map(|chunk| chunk.kind);
    assert_eq!(first(b"nonsense here"), Err(ChunkError::BadMagic));
    assert_eq!(first(&saved[..saved.len() - 1]), Err(ChunkError::Truncated));
    assert_eq!(first(&chunk_of(9, b"")), Err(ChunkError::UnknownKind(9)));
    let mut endless = MAGIC.to_vec();
    endless.extend([0, 0, 0, 0, 1]);
    endless.extend([0xff; 12]);
    assert_eq!(first(&endless), Err(ChunkError::BadNumber));
    assert_eq!(chunks(b"").next(), None);
}

#[test]
fn damaged_bytes_never_panic() {
    let saved = document_with(&"words ".repeat(100)).save();
    let limits = ChunkLimits {
        inflated_bytes: 1 << 16,
        rows: 1 << 16,
    };
    for index in 0..saved.len() {
        for value in [0, 0x7f, 0x80, 0xff] {
            let mut damaged = saved.clone();
            damaged[index] = value;
            for chunk in chunks(&damaged).flatten() {
                let _ = chunk.measure(&limits);
                let _ = chunk.change_hash(1 << 16);
            }
        }
    }
}
