// What those who hear the page are told, one sentence at a time and without chatter: equal sentences
// are said once, and a burst of joins and leaves is gathered into one.

const GATHER_MS = 1_500;

let spoken = $state("");
let waiting: string[] = [];
let timer: ReturnType<typeof setTimeout> | undefined;

/** The sentence that the live region holds; reactive. */
export function spokenNow(): string {
  return spoken;
}

/** Says a sentence at once: the answer to something that the person just did. */
export function announce(sentence: string): void {
  // A zero-width joiner at the end makes an equal sentence a new one for screen readers.
  spoken = sentence === spoken ? `${sentence}\u200D` : sentence;
}

/** Says a sentence when it is quiet: something that others did. */
export function announceLater(sentence: string): void {
  if (!waiting.includes(sentence)) waiting.push(sentence);
  timer ??= setTimeout(() => {
    timer = undefined;
    announce(waiting.slice(-3).join(" "));
    waiting = [];
  }, GATHER_MS);
}
