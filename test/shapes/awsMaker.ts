import { AwsError, type Json } from "./aws";

export type Call = (service: string, operation: string, parameters: Json) => Promise<Json>;

/** Makes a resource as its provider does: the call of the API for what Pulumi calls its inputs. */
export type Maker = (given: { name: string; inputs: Json; call: Call; region: string }) => Promise<Made>;

export interface Made {
  id: string;
  /** What the provider adds to the inputs. */
  outputs?: Json;
}

/** Takes the inputs that the maker below names; another one is a hole in the mapping. */
export function known(inputs: Json, ...names: string[]): Json {
  const others = Object.keys(inputs).filter((name) => !names.includes(name));
  if (others.length > 0) throw new Error(`No mapping for ${others.join(", ")}.`);
  return inputs;
}

/** The names of fields as the API writes them, at every depth. */
export function capital(value: Json): Json {
  if (Array.isArray(value)) return value.map(capital);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [`${key[0]?.toUpperCase()}${key.slice(1)}`, capital(item)]),
  );
}

/** An operation that moto lacks: the parameters were held to its shape all the same, before they were sent. */
export async function lacking(asked: Promise<Json>): Promise<void> {
  const answer = await asked.catch((error: unknown) => {
    if (error instanceof AwsError && error.code === "NotInMoto") return undefined;
    throw error;
  });
  if (answer !== undefined) throw new Error("moto has this operation now: take its answer instead.");
}

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html */
export function ec2Description(text: string): string {
  if (!/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{0,255}$/.test(text))
    throw new AwsError("InvalidParameterValue", `EC2 takes no such description: ${text}`);
  return text;
}
