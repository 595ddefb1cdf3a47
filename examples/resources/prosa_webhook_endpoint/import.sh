# By URL:
terraform import prosa_webhook_endpoint.transcripts https://speech.example.com/prosa-webhook

# By id, if several endpoints have the same URL:
terraform import prosa_webhook_endpoint.transcripts 497f6eca-6276-4993-bfeb-53cbbbba6f08
