# By its URL:
terraform import prosa_webhook_endpoint.transcripts https://speech.example.com/prosa-webhook

# By its id, which is needed where a URL is registered more than once:
terraform import prosa_webhook_endpoint.transcripts 497f6eca-6276-4993-bfeb-53cbbbba6f08
