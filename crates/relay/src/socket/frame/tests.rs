//! Frames as bytes, good and bad.

use super::*;

const LIMIT: usize = 1 << 20;

fn reader(bytes: Vec<u8>) -> FrameReader<io::Cursor<Vec<u8>>> {
    let budget = Arc::new(Semaphore::new(2 * LIMIT / BUDGET_UNIT));
    FrameReader::new(io::Cursor::new(bytes), &[], LIMIT, budget).expect("nothing was read before")
}

/// A client's frame.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(0x80 | u8::try_from(length).expect("short")),
        length => {
            bytes.push(0x80 | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m));
    bytes
}

async fn binary(reader: &mut FrameReader<io::Cursor<Vec<u8>>>) -> Bytes {
    match reader.next().await {
        Ok(Incoming::Binary(payload, _)) => payload,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn messages_of_all_lengths_arrive_whole() {
    for length in [0, 1, 7, 8, 125, 126, 1023, 1024, 65_535, 65_536, 300_000] {
        let payload: Vec<u8> = (0..length).map(|i| (i * 7 % 251) as u8).collect();
        let mut bytes = frame(0x82, &payload);
        bytes.extend(frame(0x82, b"next"));
        let mut reader = reader(bytes);
        assert_eq!(binary(&mut reader).await, payload, "{length}");
        assert_eq!(binary(&mut reader).await, &b"next"[..]);
    }
}

#[tokio::test]
async fn fragments_are_put_together_around_a_ping() {
    let mut bytes = frame(0x02, b"one ");
    bytes.extend(frame(0x89, b"still there?"));
    bytes.extend(frame(0x00, &vec![b'x'; 100_000]));
    bytes.extend(frame(0x80, b" two"));
    let mut reader = reader(bytes);
    assert!(matches!(reader.next().await, Ok(Incoming::Ping(p)) if p == "still there?"));
    let whole = binary(&mut reader).await;
    assert_eq!(whole.len(), 100_008);
    assert!(whole.starts_with(b"one x") && whole.ends_with(b"x two"));
}

#[tokio::test]
async fn what_is_not_the_protocol_is_refused() {
    let unmasked = vec![0x82, 1, 0];
    let long_ping = frame(0x89, &[0; 126]);
    let refused = [
        unmasked,
        long_ping,
        frame(0x09, b""),
        frame(0xC2, b"compressed"),
        frame(0x80, b"continues nothing"),
        frame(0x83, b"unknown"),
        frame(0x8B, b"unknown"),
        [frame(0x02, b"a"), frame(0x82, b"b")].concat(),
        vec![0x82, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
    ];
    for bytes in refused {
        let answer = reader(bytes.clone()).next().await;
        assert!(
            matches!(answer, Err(FrameError::Protocol(_))),
            "{bytes:?}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn a_huge_declared_length_is_refused_before_anything_is_read() {
    let mut bytes = vec![0x82, 0xFF];
    bytes.extend((64_u64 << 20).to_be_bytes());
    bytes.extend([0; 4]);
    let answer = reader(bytes).next().await;
    assert!(
        matches!(answer, Err(FrameError::TooLarge { bytes, limit: LIMIT }) if bytes == 64 << 20),
        "{answer:?}"
    );
    let parts = [frame(0x02, &vec![0; LIMIT]), frame(0x80, &[0])].concat();
    let answer = reader(parts).next().await;
    assert!(
        matches!(answer, Err(FrameError::TooLarge { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_text_message_is_told_without_its_payload() {
    let bytes = frame(0x81, &vec![b'a'; 500_000]);
    assert!(matches!(reader(bytes).next().await, Ok(Incoming::Text)));
}

#[tokio::test]
async fn a_connection_that_ends_inside_a_frame_is_an_error() {
    let whole = frame(0x82, b"cut");
    for length in 0..whole.len() {
        let answer = reader(whole[..length].to_vec()).next().await;
        assert!(matches!(answer, Err(FrameError::Io(_))), "cut at {length}");
    }
}

#[tokio::test]
async fn a_large_message_waits_for_its_place_in_the_budget() {
    let budget = Arc::new(Semaphore::new(300));
    let bytes = [
        frame(0x82, &vec![1; 200_000]),
        frame(0x82, &vec![2; 200_000]),
    ]
    .concat();
    let mut reader = FrameReader::new(io::Cursor::new(bytes), &[], LIMIT, Arc::clone(&budget))
        .expect("nothing was read before");
    let Ok(Incoming::Binary(_, permit)) = reader.next().await else {
        panic!("the first fits");
    };
    assert_eq!(budget.available_permits(), 300 - 196);
    let mut second = Box::pin(reader.next());
    tokio::select! {
        biased;
        answer = &mut second => panic!("the budget is used up, but it read {answer:?}"),
        () = std::future::ready(()) => {}
    }
    drop(permit);
    assert!(matches!(second.await, Ok(Incoming::Binary(..))));
}

#[tokio::test]
async fn written_frames_survive_a_sink_that_takes_little_at_a_time() {
    let (sink, mut source) = tokio::io::duplex(7);
    let mut writer = FrameWriter::new(sink);
    writer.binary(Bytes::from(vec![9; 200]));
    writer.ping();
    writer.pong(Bytes::from_static(b"hi"));
    writer.close(4400, "bad");
    let length = writer.pending_bytes();
    let mut got = vec![0; length];
    let (wrote, read) = tokio::join!(
        async {
            // Given up again and again, as by a select, nothing is lost or doubled.
            loop {
                tokio::select! {
                    biased;
                    done = writer.flush() => break done,
                    () = tokio::task::yield_now() => {}
                }
            }
        },
        source.read_exact(&mut got)
    );
    wrote.expect("written");
    read.expect("read");
    let mut expected = vec![0x82, 126, 0, 200];
    expected.extend([9; 200]);
    expected.extend([0x89, 0, 0x8A, 2, b'h', b'i', 0x88, 5, 0x11, 0x30]);
    expected.extend(b"bad");
    assert_eq!(got, expected);
    assert_eq!(writer.written_bytes(), length as u64);
}
