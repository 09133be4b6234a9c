//! Pages that were rendered, kept for those who look again: viewers do so all at once when a text changes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use automerge::ChangeHash;
use plenary_draft::DocumentId;
use tokio::sync::OnceCell;

use super::error::ApiError;
use crate::render::RenderedPage;

/// So many bytes of pages are kept.
const KEPT_BYTES: usize = 64 << 20;
/// So many pages of one draft are kept: those who write see the newest text, viewers often an older one.
const KEPT_OF_A_DRAFT: usize = 2;

/// All that a page is made of, beside the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// The heads of the text.
    pub(super) heads: Vec<ChangeHash>,
    /// The stage, as a word.
    pub(super) stage: String,
}

/// Rendered pages, the longest unused of which are forgotten first. Whoever asks for a page that is being
/// rendered waits for it instead of rendering it once more.
#[derive(Default)]
pub(crate) struct RenderCache(Mutex<Pages>);

type Cell = Arc<OnceCell<Arc<RenderedPage>>>;

#[derive(Default)]
struct Pages {
    /// A few of each draft.
    drafts: BTreeMap<DocumentId, Vec<Page>>,
    /// Grows with each look, to tell which page was used last.
    looks: u64,
}

struct Page {
    version: Version,
    cell: Cell,
    used: u64,
}

impl Page {
    /// How many bytes it holds: none while it is being rendered.
    fn bytes(&self) -> usize {
        self.cell.get().map_or(0, |page| page.html.len())
    }
}

impl RenderCache {
    /// The page of a draft in this version, made by `render` unless it is kept. A page that could not be
    /// rendered is tried again by whoever asks next.
    pub(super) async fn page<F>(
        &self,
        draft: DocumentId,
        version: Version,
        render: impl FnOnce() -> F,
    ) -> Result<Arc<RenderedPage>, ApiError>
    where
        F: Future<Output = Result<Arc<RenderedPage>, ApiError>>,
    {
        let cell = self.lock().cell(draft, version);
        let page = cell.get_or_try_init(render).await.cloned();
        // Nobody waits by this hand any more: what could not be rendered is forgotten.
        drop(cell);
        self.lock().shrink(KEPT_BYTES);
        page
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pages {
    fn cell(&mut self, draft: DocumentId, version: Version) -> Cell {
        self.looks += 1;
        let used = self.looks;
        let pages = self.drafts.entry(draft).or_default();
        if let Some(page) = pages.iter_mut().find(|page| page.version == version) {
            page.used = used;
            return Arc::clone(&page.cell);
        }
        if pages.len() >= KEPT_OF_A_DRAFT
            && let Some(oldest) = (0..pages.len()).min_by_key(|index| pages[*index].used)
        {
            pages.swap_remove(oldest);
        }
        let cell = Cell::default();
        pages.push(Page {
            version,
            cell: Arc::clone(&cell),
            used,
        });
        cell
    }

    /// Forgets the longest unused pages until at most `bytes` are kept, and those that nobody could render.
    fn shrink(&mut self, bytes: usize) {
        for pages in self.drafts.values_mut() {
            pages.retain(|page| page.cell.initialized() || Arc::strong_count(&page.cell) > 1);
        }
        let mut kept: usize = self.drafts.values().flatten().map(Page::bytes).sum();
        while kept > bytes {
            let all = self.drafts.iter().flat_map(|(draft, pages)| {
                pages
                    .iter()
                    .map(move |page| (page.used, *draft, page.bytes()))
            });
            let Some((used, draft, freed)) = all.filter(|(.., bytes)| *bytes > 0).min() else {
                break;
            };
            if let Some(pages) = self.drafts.get_mut(&draft) {
                pages.retain(|page| page.used != used);
            }
            kept -= freed;
        }
        self.drafts.retain(|_, pages| !pages.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn draft(number: u8) -> DocumentId {
        DocumentId::from_bytes([number; 16])
    }

    fn version(number: u8) -> Version {
        Version {
            heads: vec![ChangeHash([number; 32])],
            stage: "drafting".into(),
        }
    }

    fn made(bytes: usize) -> Arc<RenderedPage> {
        Arc::new(RenderedPage {
            html: "x".repeat(bytes),
            style_hashes: Vec::new(),
        })
    }

    /// How often a page of `bytes` is rendered for this look: not at all when it is kept.
    async fn look(cache: &RenderCache, of: u8, at: u8, bytes: usize) -> usize {
        let rendered = AtomicUsize::new(0);
        let render = async || {
            rendered.fetch_add(1, Ordering::Relaxed);
            Ok(made(bytes))
        };
        let page = cache.page(draft(of), version(at), render).await;
        assert_eq!(page.expect("a page").html.len(), bytes);
        rendered.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn all_who_look_at_once_wait_for_one_rendering() {
        let cache = RenderCache::default();
        let rendered = AtomicUsize::new(0);
        let render = async || {
            rendered.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(made(1))
        };
        let (one, two) = tokio::join!(
            cache.page(draft(1), version(1), render),
            cache.page(draft(1), version(1), render),
        );
        assert!(Arc::ptr_eq(&one.expect("a page"), &two.expect("a page")));
        assert_eq!(rendered.into_inner(), 1);
    }

    #[tokio::test]
    async fn what_could_not_be_rendered_is_tried_again() {
        let cache = RenderCache::default();
        let refuse = async || Err(ApiError::Internal("the test says so"));
        let page = cache.page(draft(1), version(1), refuse).await;
        assert!(page.is_err());
        assert!(cache.lock().drafts.is_empty());
        assert_eq!(look(&cache, 1, 1, 1).await, 1);
    }

    #[tokio::test]
    async fn two_versions_of_a_draft_are_kept_and_another_stage_is_another_version() {
        let cache = RenderCache::default();
        for at in [1, 2] {
            assert_eq!(look(&cache, 1, at, 1).await, 1);
        }
        for at in [1, 2, 1] {
            assert_eq!(look(&cache, 1, at, 1).await, 0);
        }
        let staged = Version {
            stage: "final".into(),
            ..version(1)
        };
        let page = cache.page(draft(1), staged, async || Ok(made(3))).await;
        assert_eq!(page.expect("a page").html.len(), 3);
        assert_eq!(look(&cache, 1, 1, 1).await, 0);
        assert_eq!(look(&cache, 1, 2, 1).await, 1, "the longest unused went");
    }

    #[tokio::test]
    async fn bytes_are_bounded_and_the_longest_unused_go_first() {
        let cache = RenderCache::default();
        let third = KEPT_BYTES / 3;
        for of in [9, 1, 5] {
            assert_eq!(look(&cache, of, 1, third).await, 1);
        }
        assert_eq!(look(&cache, 9, 1, third).await, 0);
        assert_eq!(look(&cache, 7, 1, third).await, 1);
        let kept: Vec<_> = cache.lock().drafts.keys().copied().collect();
        assert_eq!(kept, [draft(5), draft(7), draft(9)]);
        assert_eq!(look(&cache, 3, 1, KEPT_BYTES + 1).await, 1);
        assert!(cache.lock().drafts.is_empty(), "too large to be kept");
    }
}
