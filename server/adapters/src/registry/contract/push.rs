//! Pushes images to a registry by its HTTP API, as the tests need them: layers of a few bytes, made by hand.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// What an image holds; of several architectures, an index of one image for each.
#[derive(Debug, Clone)]
pub struct Image {
    architectures: Vec<String>,
    layer: Vec<u8>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    created: Option<String>,
}

impl Image {
    pub fn of(architecture: &str) -> Self {
        Self {
            architectures: vec![architecture.to_owned()],
            layer: b"a layer".to_vec(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            created: None,
        }
    }

    #[must_use]
    pub fn and(mut self, architecture: &str) -> Self {
        self.architectures.push(architecture.to_owned());
        self
    }

    #[must_use]
    pub fn layer(mut self, bytes: &[u8]) -> Self {
        self.layer = bytes.to_vec();
        self
    }

    /// In the configuration.
    #[must_use]
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// On the manifest or the index.
    #[must_use]
    pub fn annotation(mut self, key: &str, value: &str) -> Self {
        self.annotations.insert(key.to_owned(), value.to_owned());
        self
    }

    #[must_use]
    pub fn created(mut self, time: &str) -> Self {
        self.created = Some(time.to_owned());
        self
    }
}

/// Somebody who may push.
#[derive(Debug, Clone)]
pub struct Pusher {
    pub client: Client,
    /// `http://127.0.0.1:5000`
    pub base: String,
    pub basic: Option<(String, String)>,
    pub bearer: Option<String>,
}

impl Pusher {
    pub fn new(base: &str) -> Self {
        crate::tls::choose();
        let client = Client::builder().no_proxy().tls_certs_only([]).build().expect("a client");
        Self { client, base: base.to_owned(), basic: None, bearer: None }
    }

    fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.client.request(method, url);
        match (&self.basic, &self.bearer) {
            (_, Some(token)) => request.bearer_auth(token),
            (Some((name, password)), None) => request.basic_auth(name, Some(password)),
            (None, None) => request,
        }
    }

    /// Returns the digest.
    pub async fn push(&self, repository: &str, tag: &str, image: &Image) -> String {
        let mut entries = Vec::new();
        for architecture in &image.architectures {
            let manifest = self.manifest(repository, architecture, image).await;
            if image.architectures.len() == 1 {
                return self.put_manifest(repository, tag, MANIFEST, &manifest).await;
            }
            let digest = digest(&text(&manifest));
            self.put_manifest(repository, &digest, MANIFEST, &manifest).await;
            entries.push(json!({
                "mediaType": MANIFEST, "digest": digest, "size": text(&manifest).len(),
                "platform": { "os": "linux", "architecture": architecture },
            }));
        }
        let index = json!({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": entries, "annotations": image.annotations,
        });
        self.put_manifest(repository, tag, INDEX, &index).await
    }

    /// Takes an image away, with every tag of it.
    pub async fn delete(&self, repository: &str, digest: &str) {
        let url = format!("{}/v2/{repository}/manifests/{digest}", self.base);
        let answer = self.request(Method::DELETE, &url).send().await.expect("an answer");
        assert_eq!(answer.status(), 202, "{url}");
    }

    async fn manifest(&self, repository: &str, architecture: &str, image: &Image) -> Value {
        let mut configuration = json!({
            "architecture": architecture, "os": "linux", "config": { "Labels": image.labels },
            "rootfs": { "type": "layers", "diff_ids": [digest(&image.layer)] },
        });
        if let Some(created) = &image.created {
            configuration["created"] = json!(created);
        }
        let configuration = text(&configuration);
        for blob in [&configuration, &image.layer] {
            self.put_blob(repository, blob).await;
        }
        let mut manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": { "mediaType": CONFIG, "digest": digest(&configuration), "size": configuration.len() },
            "layers": [{ "mediaType": LAYER, "digest": digest(&image.layer), "size": image.layer.len() }],
        });
        if image.architectures.len() == 1 && !image.annotations.is_empty() {
            manifest["annotations"] = json!(image.annotations);
        }
        manifest
    }

    async fn put_blob(&self, repository: &str, blob: &[u8]) {
        let url = format!("{}/v2/{repository}/blobs/uploads/", self.base);
        let begun = self.request(Method::POST, &url).send().await.expect("an answer");
        assert_eq!(begun.status(), 202, "{url}");
        let place = begun.headers()["location"].to_str().expect("an address").to_owned();
        let place = if place.starts_with('/') { format!("{}{place}", self.base) } else { place };
        let sign = if place.contains('?') { '&' } else { '?' };
        let url = format!("{place}{sign}digest={}", digest(blob).replace(':', "%3A"));
        let answer = self.request(Method::PUT, &url).body(blob.to_vec()).send().await.expect("an answer");
        assert_eq!(answer.status(), 201, "{url}");
    }

    async fn put_manifest(&self, repository: &str, reference: &str, kind: &str, manifest: &Value) -> String {
        let url = format!("{}/v2/{repository}/manifests/{reference}", self.base);
        let body = text(manifest);
        let digest = digest(&body);
        let request = self.request(Method::PUT, &url).header("content-type", kind).body(body);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 201, "{url}");
        digest
    }
}

fn text(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("JSON")
}

fn digest(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("written");
        text
    })
}
