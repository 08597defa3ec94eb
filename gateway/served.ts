/**
 * Providers whose word for the model that answered LiteLLM 1.106.2 passes on. Of Bedrock and Vertex it says the id that
 * was asked for (its `converse_transformation.py`, and `vertex_and_google_ai_studio_gemini.py` where the answer has
 * none), Azure answers for a deployment's name with a model's, and Hugging Face routes on.
 */
const telling: readonly string[] = ["openai", "anthropic"];

export const tellsModel = (provider: string): boolean => telling.includes(provider);
