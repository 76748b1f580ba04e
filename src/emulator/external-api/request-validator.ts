/** One fault, as Ajv reports it. */
export interface ValidationFault {
  /** A JSON pointer, for example `/body/inputs`. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Checks `{ path, query, header, body }`, and fills in defaults. What it found is in `errors`. */
export interface RequestValidator {
  (request: unknown): boolean;
  readonly errors?: readonly ValidationFault[] | null;
}
