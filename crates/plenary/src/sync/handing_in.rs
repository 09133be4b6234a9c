//! Handing in what was written while the link was revoked, so that it does not stay on this device.

use plenary_client::{ApiError, DraftPart};
use plenary_protocol::client::ClientDocument;

use super::run::Run;
use super::voice::count;

impl Run {
    /// Hands in the changes that the relay is not known to hold, and says how that went, as the end
    /// of a sentence about the refusal. Handing in again does nothing, so no account of it is kept.
    pub(super) async fn hand_in(&self) -> String {
        let client = &self.engine.client;
        let waiting = client.waiting_changes();
        if waiting == 0 {
            return String::new();
        }
        let changes = count(waiting, "change", "changes");
        for part in [DraftPart::Text, DraftPart::Discussion] {
            let unsent = client
                .followed(part)
                .map(ClientDocument::unsent_changes)
                .unwrap_or_default();
            if unsent.is_empty() {
                continue;
            }
            if let Err(error) = self.hand_in_part(part, unsent).await {
                return format!(
                    " {changes} could not be handed to the facilitators ({error}): they are stored \
                     on this device and not on the server.",
                );
            }
        }
        let were = if waiting == 1 { "was" } else { "were" };
        format!(
            " {changes} of yours {were} handed to the facilitators, who decide whether they go into the \
             draft. All of it is stored on this device, too.",
        )
    }

    async fn hand_in_part(&self, part: DraftPart, changes: Vec<u8>) -> Result<(), ApiError> {
        let (api, draft) = (self.link.api(), self.link.draft);
        let (secret, participant) = (self.link.secret.clone(), self.participant.clone());
        let handed = tokio::task::spawn_blocking(move || {
            api.hand_in(draft, secret.as_ref(), &participant, part, &changes)
        });
        let failed = |error: tokio::task::JoinError| ApiError::Answer(error.to_string());
        handed.await.map_err(failed)?
    }
}
