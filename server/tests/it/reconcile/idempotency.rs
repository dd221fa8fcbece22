//! A change that is sent again is answered again.

use model::permission::Caller;
use model::problem::ProblemCode;
use server::service::idempotency::Claim;

use super::console::Console;

#[tokio::test]
async fn the_second_request_gets_the_first_ones_answer() {
    let console = Console::start().await;
    let keys = console.core.idempotency();
    let ada = Caller::policy("ada");
    let request: [&[u8]; 2] = [b"POST /apps", b"{}"];
    let Claim::Fresh(ticket) = keys.claim(&ada, "k", &request).await.unwrap() else { panic!("fresh") };
    let at_work = keys.claim(&ada, "k", &request).await.unwrap_err();
    assert_eq!(at_work.code, ProblemCode::WrongState);
    keys.finish(ticket, 202, "answer").await.unwrap();
    let again = keys.claim(&ada, "k", &request).await.unwrap();
    assert!(matches!(&again, Claim::Answered { status: 202, body } if body == "answer"), "{again:?}");
    // The parts are told apart, not only their sum.
    let other: [&[u8]; 2] = [b"POST /apps{", b"}"];
    let mismatch = keys.claim(&ada, "k", &other).await.unwrap_err();
    assert_eq!(mismatch.code, ProblemCode::IdempotencyMismatch);
    let bob = Caller::policy("bob");
    let Claim::Fresh(ticket) = keys.claim(&bob, "k", &other).await.unwrap() else { panic!("another's key") };
    keys.finish(ticket, 503, "later").await.unwrap();
    assert!(matches!(keys.claim(&bob, "k", &other).await.unwrap(), Claim::Fresh(_)));
    assert_eq!(keys.claim(&bob, "", &other).await.unwrap_err().status, 400);
}
