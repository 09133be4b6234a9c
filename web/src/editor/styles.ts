// CodeMirror's styles under a strict content security policy.

import { StyleModule } from "style-mod";

/** What style-mod asks of a root that it may give constructed style sheets. */
interface SheetRoot {
  ownerDocument: Document;
  adoptedStyleSheets: CSSStyleSheet[];
}

/**
 * Makes style-mod put CodeMirror's rules into a constructed style sheet of the document. By itself it
 * does so only in shadow roots and writes a `<style>` element into documents, which our policy
 * (`style-src 'self'`) rightly refuses. It keeps its set of sheets at the root under a symbol of its
 * own: so one is made at a root that looks like a shadow root and shares the document's list of
 * sheets, and is then shown to the document. Call it before the first editor; it does no harm twice.
 */
export function useConstructedSheets(document: Document): void {
  const root: SheetRoot = {
    ownerDocument: document,
    get adoptedStyleSheets() {
      return document.adoptedStyleSheets;
    },
    set adoptedStyleSheets(sheets: CSSStyleSheet[]) {
      document.adoptedStyleSheets = sheets;
    },
  };
  // The type asks for a Document or ShadowRoot; only the two fields above are ever used.
  StyleModule.mount(root as unknown as ShadowRoot, new StyleModule({}));
  for (const symbol of Object.getOwnPropertySymbols(root)) {
    if (!(symbol in document)) Object.defineProperty(document, symbol, { value: Reflect.get(root, symbol) });
  }
}
