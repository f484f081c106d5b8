// What there is to say to a reader when something fails.

/** What browsers say of a part of the page that was fetched when it was needed and did not come. */
const NOT_ARRIVED = /dynamically imported module|importing a module script failed/i;

export function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!NOT_ARRIVED.test(message)) return message;
  return 'A part of the page did not arrive: there is no network, or the page was renewed after you had opened it. Reload the page.';
}
