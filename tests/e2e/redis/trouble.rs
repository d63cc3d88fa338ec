//! Servers that stop, refuse, load, hang, or speak something else.

use std::io::Write as _;
use std::path::Path;

use anyhow::Result;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use super::{Server, at, lines, site, until, until_said, value};
use crate::harness::encode;

#[tokio::test]
async fn a_server_that_stops_is_down_with_a_reason_and_comes_back_while_the_other_goes_on() -> Result<()> {
    let (mut server, other) = (Server::start(&[]), Server::start(&[]));
    server.cli("SET a 1\n");
    let site = site(&[("main", at(&server)), ("other", at(&other))], "");
    let host = site.start().await?;
    until(&host, "redis_database_keys{target=\"main\",db=\"0\"}", 1.0).await?;
    server.stop();
    until(&host, "redis_up{target=\"main\"}", 0.0).await?;
    let gone = format!("/api/v1/query?query={}", encode("redis_memory_used_bytes{target=\"main\"}"));
    host.until(&gone, |answer| answer["data"]["result"].as_array()?.is_empty().then_some(())).await?;
    assert_eq!(value(&host, "redis_up{target=\"other\"}").await?, 1.0);
    assert!(value(&host, "redis_memory_used_bytes{target=\"other\"}").await? > 0.0);
    let ups = value(&host, "count_over_time(redis_up{target=\"main\"}[1m])").await?;
    host.until_query(&format!("count_over_time(redis_up{{target=\"main\"}}[1m]) > {}", ups + 2.0)).await?;
    let told = until_said(&host, "redis.sock").await?;
    assert_eq!(lines(&told).iter().filter(|line| line.starts_with("warn")).count(), 1, "said once: {told:#}");
    assert!(told["state"] == "running" && told["reason"].is_null(), "one of two is up: {told:#}");
    assert!(server.run("eady to accept connections"), "it starts again");
    until(&host, "redis_up{target=\"main\"}", 1.0).await?;
    until(&host, "redis_database_keys{target=\"main\",db=\"0\"}", 0.0).await?;
    until_said(&host, "main: it answers again").await?;
    until_said(&host, "main: another start of the server").await?;
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn a_user_who_may_do_little_is_told_what_is_missing_once() -> Result<()> {
    let users = "user default off\nuser monitor on >watch ~* +ping +info +latency|histogram +slowlog|get\n";
    let server = Server::start_with(&["--aclfile", "FOLDER/users.acl"], |folder: &Path| {
        std::fs::write(folder.join("users.acl"), users).expect("a file");
    });
    let entry =
        format!("{}, user: monitor, password: \"${{file:{}}}\"", at(&server), server.folder().join("pw").display());
    std::fs::File::create(server.folder().join("pw"))?.write_all(b"watch")?;
    std::fs::set_permissions(server.folder().join("pw"), std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let site = site(&[("main", entry)], "");
    let host = site.start().await?;
    until(&host, "redis_up", 1.0).await?;
    host.until_query("redis_memory_used_bytes > 0").await?;
    host.until_query("redis_command_duration_seconds_count{command=\"info\"} >= 4").await?;
    let told = until_said(&host, "`CLIENT LIST` is refused").await?;
    let of =
        |command: &str| lines(&told).iter().filter(|line| line.contains(&format!("`{command}` is refused"))).count();
    for command in ["CLIENT LIST", "LATENCY LATEST", "SLOWLOG LEN", "CONFIG GET", "MEMORY STATS"] {
        assert_eq!(of(command), 1, "{command}: {told:#}");
    }
    assert!(!told.to_string().contains("watch\""), "no password: {told:#}");
    host.stop().await?;
    Ok(())
}

#[tokio::test]
async fn tls_is_spoken_with_a_server_whose_certificate_the_machine_trusts() -> Result<()> {
    let mut authority = CertificateParams::new([])?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()])?.signed_by(&key, &authority)?;
    let write = |folder: &Path| {
        for (name, text) in
            [("ca.pem", authority.pem()), ("server.pem", certificate.pem()), ("server.key", key.serialize_pem())]
        {
            std::fs::write(folder.join(name), text).expect("a file");
        }
    };
    let arguments = "--tls-port PORT --tls-cert-file FOLDER/server.pem --tls-key-file FOLDER/server.key --tls-ca-cert-file \
        FOLDER/ca.pem --tls-auth-clients no";
    let server = Server::start_with(&arguments.split(' ').filter(|one| !one.is_empty()).collect::<Vec<_>>(), write);
    let entry = format!("redis: \"rediss://127.0.0.1:{}\"", server.port);
    let site = site(&[("main", entry)], "");
    let host = site.start_after(&format!("export SSL_CERT_FILE={}", server.folder().join("ca.pem").display())).await?;
    until(&host, "redis_up", 1.0).await?;
    host.until_query("redis_memory_used_bytes > 0").await?;
    host.stop().await?;
    // Without it the server is not trusted, and that is the reason.
    let host = site.start().await?;
    until(&host, "redis_up", 0.0).await?;
    until_said(&host, "is not trusted").await?;
    host.stop().await?;
    Ok(())
}
