// What others sent or stored may be anything: it is looked at before it is used.

/** Whether a value is an object with fields, which says nothing yet about the fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
