import { z } from "zod";
import { free } from "../relation";
import { releaseId } from "./release";

/** The open releases whose changes a stack has, in the order in which they are applied. */
export const carries = free(
  z.array(releaseId()).max(50),
  "The open releases that the stack carries: patches over the mirrored values, applied in this order.",
);
