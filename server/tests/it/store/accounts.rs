//! People, sessions and tokens.

use model::api::{Token, User};
use model::id::{TokenId, UserId};
use model::permission::Role;
use server::store::{StoreError, accounts};

use super::database::all;
use super::sample::{at, id};

fn user(name: &str, number: u64, role: Role) -> User {
    User { id: UserId(id(1, number)), name: name.to_owned(), role, created_at: at(1), last_seen_at: None }
}

#[tokio::test]
async fn people_and_their_sessions() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        assert!(!accounts::any_user(&mut tx).await.unwrap());
        let (ada, bob) = (user("ada", 1, Role::Admin), user("bob", 2, Role::Viewer));
        accounts::insert_user(&mut tx, &bob, "hash of bob").await.unwrap();
        accounts::insert_user(&mut tx, &ada, "hash of ada").await.unwrap();
        assert!(accounts::any_user(&mut tx).await.unwrap());
        assert_eq!(accounts::users(&mut tx).await.unwrap(), [ada.clone(), bob.clone()]);
        assert_eq!(accounts::administrators(&mut tx).await.unwrap(), 1);
        accounts::set_role(&mut tx, bob.id, Role::Admin).await.unwrap();
        assert_eq!(accounts::administrators(&mut tx).await.unwrap(), 2);
        accounts::set_password(&mut tx, bob.id, "new hash").await.unwrap();
        let found = accounts::user_by_name(&mut tx, "bob").await.unwrap().unwrap();
        assert_eq!((found.user.role, found.password.as_str()), (Role::Admin, "new hash"));
        assert!(accounts::user_by_name(&mut tx, "eve").await.unwrap().is_none());
        assert_eq!(accounts::user(&mut tx, ada.id).await.unwrap().unwrap().user, ada);

        for hash in ["one", "two", "three"] {
            accounts::insert_session(&mut tx, hash, ada.id, at(2), at(100)).await.unwrap();
        }
        accounts::touch_session(&mut tx, "one", ada.id, at(7), at(200)).await.unwrap();
        let session = accounts::session(&mut tx, "one").await.unwrap().unwrap();
        assert_eq!((session.seen_at, session.expires_at), (at(7), at(200)));
        assert_eq!((session.user.id, session.user.last_seen_at), (ada.id, Some(at(7))));
        accounts::delete_session(&mut tx, "two").await.unwrap();
        assert!(accounts::session(&mut tx, "two").await.unwrap().is_none());
        accounts::delete_sessions(&mut tx, ada.id, Some("one")).await.unwrap();
        assert!(accounts::session(&mut tx, "three").await.unwrap().is_none());
        assert!(accounts::session(&mut tx, "one").await.unwrap().is_some());
        accounts::delete_user(&mut tx, ada.id).await.unwrap();
        assert!(accounts::session(&mut tx, "one").await.unwrap().is_none(), "gone with its user");
        tx.commit().await.unwrap();
        let mut tx = database.store.begin().await.unwrap();
        let taken = accounts::insert_user(&mut tx, &user("bob", 9, Role::Viewer), "x").await;
        assert!(matches!(taken, Err(StoreError::Conflict(_))), "{taken:?}");
    }
}

#[tokio::test]
async fn tokens_belong_to_people() {
    for database in all().await {
        let mut tx = database.store.begin().await.unwrap();
        let ada = user("ada", 1, Role::Admin);
        accounts::insert_user(&mut tx, &ada, "hash").await.unwrap();
        let token = Token {
            id: TokenId(id(2, 1)),
            name: "ci".to_owned(),
            role: Role::Operator,
            user: "ada".to_owned(),
            hint: "qd_Ab3d".to_owned(),
            created_at: at(3),
            last_used_at: None,
            expires_at: Some(at(900)),
        };
        accounts::insert_token(&mut tx, &token, ada.id, "digest").await.unwrap();
        assert_eq!(accounts::tokens(&mut tx, Some(ada.id)).await.unwrap(), std::slice::from_ref(&token));
        assert_eq!(accounts::tokens(&mut tx, None).await.unwrap().len(), 1);
        assert_eq!(accounts::tokens(&mut tx, Some(UserId(id(9, 9)))).await.unwrap(), []);
        accounts::touch_token(&mut tx, token.id, at(8)).await.unwrap();
        let found = accounts::token_by_hash(&mut tx, "digest").await.unwrap().unwrap();
        assert_eq!(
            (found.token.last_used_at, found.owner, found.owner_role),
            (Some(at(8)), ada.id, Role::Admin)
        );
        assert!(accounts::token_by_hash(&mut tx, "other").await.unwrap().is_none());
        assert_eq!(accounts::token(&mut tx, token.id).await.unwrap().unwrap().token.name, "ci");
        accounts::delete_token(&mut tx, token.id).await.unwrap();
        assert!(accounts::token(&mut tx, token.id).await.unwrap().is_none());
    }
}
