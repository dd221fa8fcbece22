//! Uploads.

use std::io::Write as _;

use reqwest::{Method, StatusCode};

use crate::harness::{Answer, Client, Console, send};

/// A tar.gz with one file.
fn archive(content: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 512];
    block[..3].copy_from_slice(b"run");
    block[100..108].copy_from_slice(b"0000755\0");
    block[108..116].copy_from_slice(b"0000000\0");
    block[116..124].copy_from_slice(b"0000000\0");
    block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    block[136..148].copy_from_slice(b"00000000000\0");
    block[148..156].fill(b' ');
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut tar = block.to_vec();
    tar.extend(content);
    tar.resize(tar.len().next_multiple_of(512) + 1_024, 0);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).expect("compressed");
    gzip.finish().expect("compressed")
}

async fn put(client: &Client, path: &str, body: Vec<u8>) -> Answer {
    send(client.api(Method::PUT, &format!("/artifacts/{path}")).body(body)).await
}

#[tokio::test]
async fn a_version_is_uploaded_once_and_never_changes() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    let first = put(&otto, "shop/1.0", archive(b"#!/bin/sh\n")).await.status(StatusCode::CREATED);
    assert_eq!(first.header("location"), "/api/v1/artifacts/shop/1.0");
    let artifact = first.json().await;
    assert!(artifact["digest"].as_str().is_some_and(|digest| digest.starts_with("sha256:")), "{artifact}");
    put(&otto, "shop/1.0", archive(b"#!/bin/sh\n")).await.status(StatusCode::OK);
    put(&otto, "shop/1.0", archive(b"other")).await.problem(409, "already_exists").await;
    let listed = otto.get("/artifacts").await.ok().await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    let releases = otto.get("/releases?repository=shop").await.ok().await;
    let release = &releases["items"][0];
    assert_eq!(
        (&release["reference"], &release["source"], &release["digest"]),
        (&"shop/1.0".into(), &"upload".into(), &artifact["digest"])
    );
}

#[tokio::test]
async fn what_is_no_archive_or_too_large_or_badly_named_is_refused() {
    let console = Console::empty().await;
    let otto = console.operator().await;
    put(&otto, "shop/1.0", b"not an archive".to_vec()).await.problem(422, "invalid").await;
    let mut cut = archive(b"#!/bin/sh\n");
    cut.truncate(cut.len() - 8);
    put(&otto, "shop/1.0", cut).await.problem(422, "invalid").await;
    put(&otto, "shop/1.0", vec![0; 2 << 20]).await.problem(413, "too_large").await;
    put(&otto, "Shop/1.0", archive(b"x")).await.problem(422, "invalid").await;
    put(&otto, "shop/.hidden", archive(b"x")).await.problem(422, "invalid").await;
    assert_eq!(otto.get("/artifacts").await.ok().await["items"], serde_json::json!([]));
    let left = std::fs::read_dir(console.folder.path().join("artifacts")).expect("the folder").count();
    assert_eq!(left, 0, "refused uploads leave nothing");
}

#[tokio::test]
async fn a_viewer_uploads_nothing() {
    let console = Console::empty().await;
    let vera = console.viewer().await;
    put(&vera, "shop/1.0", archive(b"x")).await.problem(403, "forbidden").await;
}
