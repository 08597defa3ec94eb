import * as pulumi from "@pulumi/pulumi";

/** Input errors of a component, collected and thrown once, each with the path of its argument. */
export class InputErrors {
  readonly #errors: { propertyPath: string; reason: string }[] = [];

  constructor(readonly component: string) {}

  /** Notes an error unless `holds`. */
  require(holds: boolean, propertyPath: string, reason: string): void {
    if (!holds) this.#errors.push({ propertyPath, reason });
  }

  /** Throws `pulumi.InputPropertiesError` if any error was noted. */
  throwIfAny(): void {
    if (this.#errors.length === 0) return;
    throw new pulumi.InputPropertiesError({
      message: `The arguments of ${this.component} are not usable.`,
      errors: this.#errors,
    });
  }
}

/** True for a number that is finite and above zero. */
export const isPositive = (value: number): boolean => Number.isFinite(value) && value > 0;

export const isAccount = (value: string): boolean => /^\d{12}$/.test(value);
export const isRegion = (value: string): boolean => /^[a-z]{2}(-[a-z]+)+-\d$/.test(value);
/** A Kubernetes object's name (RFC 1123 label). */
export const isLabel = (value: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value);
