//! Services on loopback.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

/// Answers the datagrams that come in by what `answer` makes of the number of each, from 0, and its bytes: datagrams to
/// send back.
pub(crate) async fn udp(mut answer: impl FnMut(usize, Vec<u8>) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = vec![0; 2_048];
        for number in 0.. {
            let Ok((count, from)) = socket.recv_from(&mut buffer).await else { return };
            for bytes in answer(number, buffer[..count].to_vec()) {
                let _ = socket.send_to(&bytes, from).await;
            }
        }
    });
    address
}

/// Serves each connection by `serve`.
pub(crate) async fn tcp<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// RFC 862.
pub(crate) async fn echo(mut stream: TcpStream) {
    let (mut reader, mut writer) = stream.split();
    let _ = tokio::io::copy(&mut reader, &mut writer).await;
}

/// Sends one piece back, and no more.
pub(crate) async fn once(mut stream: TcpStream) {
    let mut buffer = vec![0; 100];
    if let Ok(count) = stream.read(&mut buffer).await {
        let _ = stream.write_all(&buffer[..count]).await;
    }
    // It takes the rest, so that the connection ends in good order.
    let _ = stream.shutdown().await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// Takes everything and says nothing.
pub(crate) async fn swallow(mut stream: TcpStream) {
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
}

/// Answers as if it were asked for a page.
pub(crate) async fn talk(mut stream: TcpStream) {
    let mut buffer = vec![0; 100];
    let _ = stream.read(&mut buffer).await;
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    swallow(stream).await;
}

/// An address where nobody listens.
pub(crate) fn nobody() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
